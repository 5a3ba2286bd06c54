import { postgres } from "@jobs/adapter-postgres";
import { consumed } from "../../contenders/contender-cases.ts";
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
      const send = () => inWaves(jobs, () => app.enqueue(noop, { n: 1 }));
      const sent = await consumed(postgresStage, server, jobs, send);
      const worker = app.worker({ concurrency: 100, until: { type: "settled", jobs }, ownsProcess: false });
      const worked = await consumed(postgresStage, server, jobs, () => worker.run());
      return {
        enqueue: 1e6 / sent.consume,
        work: 1e6 / worked.consume,
        "CPU a job": cpuOf(sent) + cpuOf(worked),
      };
    },
  };
}

function cpuOf(figures: Awaited<ReturnType<typeof consumed>>): number {
  return figures["CPU of Node a job"] + (figures["CPU of Postgres a job"] ?? Number.NaN);
}
