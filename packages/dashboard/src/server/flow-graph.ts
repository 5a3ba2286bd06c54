import type { App } from "@jobs/core";
import type { JobRecord } from "@jobs/core/broker";
import { derivedId } from "@jobs/core/runtime";
import type { FlowGraph, FlowNode, Possible } from "../api/api-types.ts";
import { idAfter, type LaterSteps, readLaterSteps } from "./later-steps.ts";
import { NO_HISTORY } from "./limits.ts";

/** Jobs of a flow that are drawn. */
const MOST_NODES = 1_000;

/** So many groups may stand inside each other. The search for the first job of an unknown one ends there. */
const MOST_NESTED = 20;

/** The jobs of a flow, also those that are not sent yet; `null` for a flow that the history does not know. */
export async function readFlow(app: App, id: string): Promise<Possible<FlowGraph | null>> {
  if (app.history === undefined) return { unsupported: NO_HISTORY };
  const { jobs } = await app.history.list({ flow: id, limit: MOST_NODES });
  if (jobs.length === 0) return null;
  const later = await readLaterSteps(app, jobs);
  return { ...drawFlow(id, jobs, later.tasks), hidden: later.hidden };
}

/** The ids of later jobs are derived from earlier ones, so the ids alone tell the order. */
function drawFlow(
  id: string,
  jobs: readonly JobRecord[],
  later: LaterSteps["tasks"],
): Omit<FlowGraph, "hidden"> {
  const known = new Map<string, Omit<FlowNode, "step">>();
  for (const [job, task] of later) known.set(job, { id: job, task, state: "waiting" });
  for (const { id: job, task, state } of jobs) known.set(job, { id: job, task, state });
  const nodes: FlowNode[] = [];
  const edges: [from: string, to: string][] = [];
  /** Of the jobs that are drawn. */
  const steps = new Map<string, number>();

  /** Draws the job or group with this id and all that follows it. Answers with the last jobs of its line. */
  function drawLine(at: string, step: number, before: readonly string[], depth: number): readonly string[] {
    const job = known.get(at);
    const last = job === undefined ? drawGroup(at, step, before, depth) : drawJob(job, step, before);
    // A step after a group comes after its longest line.
    const after = Math.max(...last.map((id) => steps.get(id) ?? step)) + 1;
    return last.length === 0 ? before : drawLine(idAfter(at), after, last, depth);
  }

  function drawJob(job: Omit<FlowNode, "step">, step: number, before: readonly string[]) {
    nodes.push({ ...job, step });
    steps.set(job.id, step);
    edges.push(...before.map((from): [string, string] => [from, job.id]));
    return [job.id];
  }

  function drawGroup(at: string, step: number, before: readonly string[], depth: number): readonly string[] {
    const last: string[] = [];
    for (let index = 0; depth < MOST_NESTED; index++) {
      const drawn = nodes.length;
      const ends = drawLine(derivedId(at, String(index)), step, before, depth + 1);
      if (nodes.length === drawn) break;
      last.push(...ends);
    }
    return last;
  }

  drawLine(id, 0, [], 0);
  // What stood before these jobs is forgotten already.
  for (const job of known.values()) if (!steps.has(job.id)) drawJob(job, 0, []);
  return { id, nodes, edges };
}
