// Puts changed dead letters back, one by one, and kills itself. Arguments: the broker, its address, after which call of
// `redrive`, and when: "before" it, "during" it, or "after" it.
import { createApp, defineTask } from "@jobs/core";
import { retryDeadLetters } from "@jobs/core/runtime";

const [kind, address, at, when] = process.argv.slice(2);
const task = defineTask("count", { n: "number", times: "number" });

const broker =
  kind === "sqlite"
    ? (await import("@jobs/adapter-sqlite")).sqlite({ file: address })
    : (await import("@jobs/adapter-redis")).redis({
        url: address,
        engine: kind === "bullmq" ? "bullmq" : "jobs",
      });

const die = () => process.kill(process.pid, "SIGKILL");
let calls = 0;
const app = createApp({
  tasks: [task],
  broker: {
    ...broker,
    async openQueue(name) {
      const queue = await broker.openQueue(name);
      const redrive = async (options) => {
        const isHere = ++calls === Number(at);
        if (isHere && when === "before") die();
        const isDuring = isHere && when === "during";
        // SQLite reads a body inside its transaction. To Redis the request is on its way, without an answer.
        if (isDuring && kind === "sqlite") options.bodies.get = die;
        const answer = queue.redrive(options);
        if (isDuring && kind !== "sqlite") setImmediate(die);
        const result = await answer;
        if (isHere && when === "after") die();
        return result;
      };
      return { ...queue, redrive };
    },
  },
});

const change = ({ n, times = 0 }) => ({ n, times: times + 1 });
for await (const _ of retryDeadLetters(app, "default", { change, stepSize: 1 }));
await broker.close();
