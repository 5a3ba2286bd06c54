import type { ContenderKind, Stage } from "../../contenders/contender.ts";
import { onStage } from "../../contenders/on-stage.ts";
import { ContenderProcess } from "../../contenders/processes.ts";
import { type BenchCase, byScale, type Suite } from "../../harness/bench-case.ts";
import { percentile } from "../../harness/spread.ts";
import { STAGES } from "../stages.ts";

const WORK = "start of a process";

/** How often a process is started in one run. The median counts. */
const STARTS = { full: 7, quick: 3 } as const;

/** From the start of a process until its worker has run its first job, which that process has sent. */
function firstJob(stage: Stage, kind: ContenderKind): BenchCase {
  return {
    name: `${stage.title}, ${kind.name}, ${WORK}`,
    row: { broker: stage.title, work: WORK, by: kind.name },
    units: { connected: "ms", "first job": "ms", memory: "MB" },
    run: (scale) =>
      // The contender of this process has made the tables, as a deployment has.
      onStage(stage, kind, async (_, { target }) => {
        const starts: Start[] = [];
        for (let n = 0; n < byScale(scale, STARTS.full, STARTS.quick); n++) {
          starts.push(await startOnce(stage, kind, target));
        }
        const medianOf = (figure: keyof Start) =>
          percentile(
            starts.map((start) => start[figure]).toSorted((a, b) => a - b),
            0.5,
          );
        return {
          connected: medianOf("connected"),
          "first job": medianOf("firstJob"),
          memory: medianOf("memory"),
        };
      }),
  };
}

interface Start {
  readonly connected: number;
  readonly firstJob: number;
  readonly memory: number;
}

async function startOnce(stage: Stage, kind: ContenderKind, target: string): Promise<Start> {
  const startedAt = performance.now();
  await using one = await ContenderProcess.start(stage, kind, target, 1);
  const connected = performance.now() - startedAt;
  await new Promise<void>((resolve, reject) => {
    one.count(() => resolve()).catch(reject);
    one.serve();
    one.send();
  });
  const firstJob = performance.now() - startedAt;
  const { residentMb: memory } = await one.use();
  return { connected, firstJob, memory };
}

/** What a new process costs before it works: in a function, at a deployment, after a crash. */
export const startSuite: Suite = {
  name: "start",
  title: "Start of a process",
  cases: STAGES.flatMap((stage) => stage.kinds.map((kind) => firstJob(stage, kind))),
  marks: [],
};
