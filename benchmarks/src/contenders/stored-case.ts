import { type BenchCase, byScale } from "../harness/bench-case.ts";
import { inWaves } from "../load/waves.ts";
import type { ContenderKind, Stage } from "./contender.ts";
import type { Amount } from "./contender-cases.ts";
import { JobMeter } from "./job-meter.ts";
import { onStage } from "./on-stage.ts";

const THOUSAND = 1_000;

const MILLION = 1_000_000;

/**
 * The cost of a job that is sent and run while others wait: first a thousand, then a million in the same queue. One process
 * measures both, so the two figures compare.
 */
export function amongStored(stage: Stage, kind: ContenderKind, { jobs }: Amount): BenchCase {
  const work = "among stored jobs";
  return {
    name: `${kind.name}, ${work}`,
    row: { broker: stage.title, work, by: kind.name },
    units: {
      "a thousand": "µs",
      "a million": "µs",
      "CPU of Node, a thousand": "µs",
      "CPU of Node, a million": "µs",
    },
    run: (scale) =>
      onStage(stage, kind, async (contender, broker) => {
        const count = byScale(scale, jobs, jobs / 10);
        const cost = async () => {
          const meter = new JobMeter(stage, { jobs: count, warmUp: 0 });
          const { consume, "CPU of Node a job": cpu } = await meter.measure(broker, async () => {
            await inWaves(count, contender.enqueue);
            await contender.consume(count, 100);
          });
          return { us: 1e6 / consume, cpu };
        };
        await contender.fill(THOUSAND);
        await cost();
        const few = await cost();
        await contender.fill(byScale(scale, MILLION, MILLION / 100));
        const many = await cost();
        return {
          "a thousand": few.us,
          "a million": many.us,
          "CPU of Node, a thousand": few.cpu,
          "CPU of Node, a million": many.cpu,
        };
      }),
  };
}
