import type { App } from "@jobs/core";
import type { JobRecord } from "@jobs/core/broker";
import { derivedId } from "@jobs/core/runtime";
import type { FlowGraph, FlowNode, Possible } from "../api/api-types.ts";
import { NO_HISTORY } from "./limits.ts";

/** Jobs of a flow that are drawn. */
const MOST_NODES = 1_000;

/** So many groups may stand inside each other. The search for the first job of an unknown one ends there. */
const MOST_NESTED = 20;

/** The jobs of a flow that were sent, with what follows what; `null` for a flow that the history does not know. */
export async function readFlow(app: App, id: string): Promise<Possible<FlowGraph | null>> {
  if (app.history === undefined) return { unsupported: NO_HISTORY };
  const { jobs } = await app.history.list({ flow: id, limit: MOST_NODES });
  if (jobs.length === 0) return null;
  return drawFlow(id, jobs);
}

/** The ids of later jobs are derived from earlier ones, so the ids alone tell the order. */
function drawFlow(id: string, jobs: readonly JobRecord[]): FlowGraph {
  const records = new Map(jobs.map((job) => [job.id, job]));
  const nodes: FlowNode[] = [];
  const edges: [from: string, to: string][] = [];

  /** Draws the job or group with this id and all that follows it. Answers with the last jobs of its line. */
  function drawLine(at: string, step: number, before: readonly string[], depth: number): readonly string[] {
    const record = records.get(at);
    const last = record === undefined ? drawGroup(at, step, before, depth) : drawJob(record, step, before);
    return last.length === 0 ? before : drawLine(derivedId(at, "then"), step + 1, last, depth);
  }

  function drawJob({ id: job, task, state }: JobRecord, step: number, before: readonly string[]) {
    nodes.push({ id: job, task, state, step });
    edges.push(...before.map((from): [string, string] => [from, job]));
    return [job];
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
  const drawn = new Set(nodes.map((node) => node.id));
  for (const job of jobs) if (!drawn.has(job.id)) drawJob(job, 0, []);
  return { id, nodes, edges };
}
