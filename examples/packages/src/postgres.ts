import { postgres, postgresResults } from "@jobs/adapter-postgres";
import { createApp, defineTask, handle } from "@jobs/core";

const url = process.env.DATABASE_URL ?? "postgres://127.0.0.1/app";
const double = defineTask("double", { n: "integer" });
const app = createApp({
  broker: postgres({ url }),
  results: postgresResults({ url }),
  tasks: [double],
  handlers: [handle(double, ({ n }) => 2 * n)],
});
const { id } = await app.enqueue(double, { n: 21 });
await app.worker({ until: { type: "drained" } }).run();
console.log(await app.result(id));
await app.close();
