import { sqlite } from "@jobs/adapter-sqlite";
import { type BenchCase, byScale } from "../../harness/bench-case.ts";
import { createNoopApp, fill, noop } from "../../load/noop-app.ts";
import { rateOf } from "../../load/rate.ts";
import { inWaves } from "../../load/waves.ts";
import { databaseFile } from "./sqlite-stage.ts";

/** The cost of a job in a file with so many waiting jobs. */
export function amongStored(count: number): BenchCase {
  return {
    name: `among ${count.toLocaleString("en")} stored`,
    units: { enqueue: "µs", work: "µs" },
    async run(scale) {
      const jobs = byScale(scale, 50_000, 10_000);
      const app = createNoopApp(sqlite({ file: databaseFile() }), () => {});
      await fill(app, count > 1_000 ? byScale(scale, count, count / 10) : count);
      const send = () => inWaves(jobs, () => app.enqueue(noop, { n: 1 }));
      const until = { type: "settled", jobs } as const;
      const work = () => app.worker({ concurrency: 100, until, ownsProcess: false }).run();
      await send();
      await work();
      const enqueued = await rateOf(jobs, send);
      const worked = await rateOf(jobs, work);
      return { enqueue: 1e6 / enqueued, work: 1e6 / worked };
    },
  };
}
