// A worker process in which code outside any job throws a text; prints what `onError` was told.
import { memory } from "@jobs/adapter-memory";
import { createApp, defineTask, handle } from "@jobs/core";

const task = defineTask("task", {});
const told = [];
const app = createApp({
  broker: memory(),
  tasks: [task],
  handlers: [handle(task, () => {})],
  observers: [
    ({ type }) => {
      if (type !== "worker.started") return;
      setImmediate(() => {
        throw "outside";
      });
    },
  ],
  onError: (error, where) => void told.push({ isError: error instanceof Error, text: error.message, where }),
});
const { cause } = await app.worker().run();
process.stdout.write(JSON.stringify({ cause, told }));
