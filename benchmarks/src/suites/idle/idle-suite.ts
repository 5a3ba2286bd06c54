import { setTimeout as sleep } from "node:timers/promises";
import type { ContenderKind, Stage } from "../../contenders/contender.ts";
import { onStage } from "../../contenders/on-stage.ts";
import { ContenderProcess } from "../../contenders/processes.ts";
import { type BenchCase, byScale, type Mark, type Suite } from "../../harness/bench-case.ts";
import { STAGES } from "../stages.ts";

const WORK = "idle for 5 minutes";

/** How long it is watched, after the time in which it gets to rest. */
const WATCHED_MS = { full: 300_000, quick: 2_000 } as const;

const SETTLE_MS = { full: 5_000, quick: 500 } as const;

/** A worker without jobs: what it and its broker take of a processor, and how much memory it holds. */
function idleWorker(stage: Stage, kind: ContenderKind): BenchCase {
  const { server } = stage;
  return {
    name: caseName(stage, kind),
    row: { broker: stage.title, work: WORK, by: kind.name },
    units: { CPU: "%", ...(server === undefined ? {} : { [`CPU of ${server}`]: "%" }), memory: "MB" },
    run: (scale) =>
      onStage(stage, kind, async (_, broker) => {
        await using worker = await ContenderProcess.start(stage, kind, broker.target, 10);
        worker.serve();
        await sleep(byScale(scale, SETTLE_MS.full, SETTLE_MS.quick));
        const ms = byScale(scale, WATCHED_MS.full, WATCHED_MS.quick);
        const before = await worker.use();
        const serverBefore = await broker.cpuMs();
        await sleep(ms);
        const after = await worker.use();
        const serverAfter = await broker.cpuMs();
        const share = (usedMs: number) => (usedMs / ms) * 100;
        return {
          CPU: share(after.cpuMs - before.cpuMs),
          ...(server === undefined ? {} : { [`CPU of ${server}`]: share(serverAfter - serverBefore) }),
          memory: after.residentMb,
        };
      }),
  };
}

function caseName(stage: Stage, kind: ContenderKind): string {
  return `${stage.title}, ${kind.name}, ${WORK}`;
}

/** All at the same time, each worker in a process of its own: they only wait, and five minutes each would be an hour. */
export const idleSuite: Suite = {
  name: "idle",
  title: "Idle workers",
  isTogether: true,
  cases: STAGES.flatMap((stage) => stage.kinds.map((kind) => idleWorker(stage, kind))),
  marks: STAGES.map((stage): Mark => {
    const [ours] = stage.kinds;
    if (ours === undefined) throw new RangeError(`${stage.title} has no contender.`);
    return {
      id: "I1",
      title: `CPU of an idle worker on ${stage.title}, in %`,
      value: (median) => median(caseName(stage, ours), "CPU"),
      atMost: 1,
    };
  }),
};
