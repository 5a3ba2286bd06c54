// `npm run rolling -- --broker redis --jobs 200`: rolling deploys of three releases in processes of their own, with the
// product's own holds of 30 s. It prints what became of the jobs of each row of the table of changes, in the safe order and
// in wrong ones. Exit code 1 if a job is lost, or if one is held or dead in the safe order.
import { readOptions } from "../read-options.ts";
import { ROWS } from "./release.ts";
import { rollOut } from "./roll-out.ts";

const values = readOptions(
  {
    broker: { type: "string", default: "sqlite,redis,sqs" },
    jobs: { type: "string", default: "200" },
  },
  "npm run rolling -- [--broker sqlite,redis,sqs] [--jobs 200]",
);

for (const broker of values.broker.split(",")) {
  const startedAt = performance.now();
  const { sent, lost, safe, newOnOld, oldOnNew, goneOnNew } = await rollOut({
    broker,
    jobs: Number(values.jobs),
  });
  const seconds = Math.round((performance.now() - startedAt) / 1_000);
  const rows = ROWS.map((row) => ({
    row,
    "safe order": safe[row],
    "new job, old worker": newOnOld[row],
    "old job, new worker": oldOnNew[row],
    "an hour later": goneOnNew[row],
  }));
  process.stdout.write(`${broker}: ${sent} jobs in ${seconds} s, ${lost.length} lost\n`);
  for (const row of rows) process.stdout.write(`${JSON.stringify(row)}\n`);
  const isSafe = Object.values(safe).every((fates) => /^\d+ succeeded$/.test(fates));
  if (lost.length > 0 || !isSafe) process.exitCode = 1;
}
