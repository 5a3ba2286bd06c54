// A contender in a process of its own: `contender-process.js BROKER CONTENDER TARGET CONCURRENCY`. It says 0 when it is
// connected, begins to work at the message "serve", and then says how many jobs it has run since it said so last. It answers
// the message "use" with a {@link ProcessUse}. At the message "send" it enqueues a job.
import { findContender } from "../suites/stages.ts";
import type { ProcessUse } from "./processes.ts";

const [title = "", name = "", target = "", concurrency = "1"] = process.argv.slice(2);

/** How long runs are counted together, in ms: a message for each would be most of the work. */
const GATHER_MS = 5;

let count = 0;
let isGathering = false;
let saidAt = 0;
const contender = await findContender(title, name).kind.open(target, () => {
  count++;
  // No timer while nothing runs: an idle worker is measured too. A contender that never waits lets no timer run.
  if (!isGathering || performance.now() - saidAt >= GATHER_MS) say();
});

function report(): void {
  isGathering = false;
  if (count > 0) say();
}

function say(): void {
  process.send?.(count);
  count = 0;
  saidAt = performance.now();
  if (isGathering) return;
  isGathering = true;
  setTimeout(report, GATHER_MS);
}

process.on("message", (message) => {
  if (message === "serve") void contender.serve(Number(concurrency));
  if (message === "send") void contender.enqueue();
  if (message === "use") process.send?.(use());
});
process.on("disconnect", () => process.exit());
process.send?.(0);

function use(): ProcessUse {
  const { user, system } = process.cpuUsage();
  return { cpuMs: (user + system) / 1_000, residentMb: process.memoryUsage.rss() / 2 ** 20 };
}
