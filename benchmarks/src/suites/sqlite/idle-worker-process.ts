// A worker that waits for jobs of another process and reports when each began: `idle-worker-process.js FILE`.
import { sqlite } from "@jobs/adapter-sqlite";
import { createNoopApp } from "../../load/noop-app.ts";

const [file = ""] = process.argv.slice(2);
// The machine's monotonic clock, which all processes share.
const tellStart = () => void process.send?.(String(process.hrtime.bigint()));
const app = createNoopApp(sqlite({ file }), tellStart);
process.on("message", () => {
  const { user, system } = process.cpuUsage();
  process.send?.((user + system) / 1_000);
});
app.observe(({ type }) => type === "worker.started" && process.send?.("ready"));
await app.worker().run();
process.exit(0);
