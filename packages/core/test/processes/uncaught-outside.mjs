// A process of two apps, the first with two workers, in which code outside any job throws a text; prints what each
// `onError` was told.
import { memory } from "@jobs/adapter-memory";
import { createApp, defineTask, handle } from "@jobs/core";

const task = defineTask("task", {});
const told = { first: [], second: [] };
const events = [];
let started = 0;

function appOf(name) {
  return createApp({
    broker: memory(),
    tasks: [task],
    handlers: [handle(task, () => {})],
    observers: [
      ({ type, isOfJob }) => {
        if (type === "worker.uncaught") events.push({ app: name, isOfJob });
        if (type !== "worker.started" || ++started < 3) return;
        setImmediate(() => {
          throw "outside";
        });
      },
    ],
    onError: (error, where) =>
      void told[name].push({ isError: error instanceof Error, text: error.message, where }),
  });
}

const first = appOf("first");
const second = appOf("second");
const reports = await Promise.all([first.worker().run(), first.worker().run(), second.worker().run()]);
process.stdout.write(JSON.stringify({ causes: reports.map(({ cause }) => cause), told, events }));
