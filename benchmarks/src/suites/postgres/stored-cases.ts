import { postgres } from "@jobs/adapter-postgres";
import { type Consumed, JobMeter } from "../../contenders/job-meter.ts";
import { type BenchCase, byScale } from "../../harness/bench-case.ts";
import { createNoopApp, noop } from "../../load/noop-app.ts";
import { inWaves } from "../../load/waves.ts";
import { MeasuredPostgres } from "./measured-postgres.ts";
import { postgresStage } from "./postgres-stage.ts";

/** The cost of a job in a queue where `stored` others wait: both sides, and of Node and Postgres together. */
export function amongStored(stored: number): BenchCase {
  return {
    name: `jobs, among ${stored.toLocaleString("en")} stored`,
    units: { enqueue: "µs", work: "µs", "CPU a job": "µs" },
    async run(scale) {
      const jobs = byScale(scale, 20_000, 2_000);
      await using server = await MeasuredPostgres.start();
      await using app = createNoopApp(postgres({ url: server.target }), () => {});
      const { id } = await app.enqueue(noop, { n: 0 });
      await server.multiply("default", id, stored > 1_000 ? byScale(scale, stored, stored / 100) : stored);
      const measure = (work: () => Promise<unknown>) =>
        new JobMeter(postgresStage, { jobs, warmUp: 0 }).measure(server, work);
      const send = () => inWaves(jobs, () => app.enqueue(noop, { n: 1 }));
      const until = { type: "settled", jobs } as const;
      const work = () => app.worker({ concurrency: 100, until, ownsProcess: false }).run();
      await send();
      await work();
      const sent = await measure(send);
      const worked = await measure(work);
      return {
        enqueue: 1e6 / sent.consume,
        work: 1e6 / worked.consume,
        "CPU a job": cpuOf(sent) + cpuOf(worked),
      };
    },
  };
}

function cpuOf(figures: Consumed): number {
  return figures["CPU of Node a job"] + (figures["CPU of Postgres a job"] ?? Number.NaN);
}
