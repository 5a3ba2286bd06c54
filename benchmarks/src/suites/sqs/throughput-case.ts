import type { BenchCase } from "../../harness/bench-case.ts";
import { notePackages } from "../../harness/versions.ts";
import type { Contender, ContenderKind } from "./contender.ts";
import { MeasuredSqs } from "./measured-sqs.ts";
import { COST_UNITS, costOf } from "./sqs-price.ts";

/**
 * This share of the jobs passes through another queue before the measurement, so that most code is compiled by then.
 */
const WARM_UP_SHARE = 0.5;

/** First sends all jobs, then runs all. Also measures the use of Node and of the endpoint. */
export function throughput(kind: ContenderKind): BenchCase {
  return {
    name: kind.name,
    row: { broker: "SQS", work: "send all, then run all", by: kind.column ?? kind.name },
    units: {
      "enqueue + consume": "jobs/s",
      enqueue: "jobs/s",
      consume: "jobs/s",
      "requests a job": "requests",
      ...COST_UNITS,
      "CPU of Node a job": "µs",
      "CPU of the endpoint a job": "µs",
    },
    async run(scale) {
      const jobs = kind.jobs[scale];
      notePackages(kind.packages);
      const endpoint = await MeasuredSqs.start(["warm-up-", "measured-"]);
      await workOff(await kind.open(endpoint, "warm-up-"), jobs * WARM_UP_SHARE);
      const used = await endpoint.use();
      const nodeBefore = process.cpuUsage();
      const { sendMs, consumeMs } = await workOff(await kind.open(endpoint, "measured-"), jobs);
      const { user, system } = process.cpuUsage(nodeBefore);
      const { requests, billed, cpuUs } = await endpoint.use();
      const aSecond = (ms: number) => (jobs / ms) * 1_000;
      return {
        "enqueue + consume": aSecond(sendMs + consumeMs),
        enqueue: aSecond(sendMs),
        consume: aSecond(consumeMs),
        "requests a job": (requests - used.requests) / jobs,
        ...costOf(billed - used.billed, jobs),
        "CPU of Node a job": (user + system) / jobs,
        "CPU of the endpoint a job": (cpuUs - used.cpuUs) / jobs,
      };
    },
  };
}

async function workOff(
  contender: Contender,
  jobs: number,
): Promise<{ readonly sendMs: number; readonly consumeMs: number }> {
  const startedAt = performance.now();
  await contender.enqueue(jobs);
  const sentAt = performance.now();
  await contender.consume(jobs);
  return { sendMs: sentAt - startedAt, consumeMs: performance.now() - sentAt };
}
