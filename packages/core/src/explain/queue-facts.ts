import type { BrokerQueue } from "../broker/broker.ts";
import { peekPages } from "../broker/peek-pages.ts";
import type { QueueStats } from "../broker/queue-stats.ts";
import { type QueuePause, readPause } from "../worker/presence/cancel-and-pause.ts";
import { readWorkers, type WorkerPresence } from "../worker/presence/heartbeat.ts";
import { type ExplainSources, isForeign } from "./sources.ts";
import { type EvidenceList, namesText, spanText, timeText } from "./wording.ts";

/** What was read of one queue and its workers. */
export interface QueueFacts {
  /** Name without prefix. */
  readonly name: string;
  readonly queue: BrokerQueue;
  /** ms since 1970. */
  readonly readAt: number;
  readonly stats: QueueStats;
  readonly pause: QueuePause | undefined;
  /** The living workers that serve the queue; `undefined` where it cannot be known. */
  readonly workers: readonly WorkerPresence[] | undefined;
  /** Why the workers cannot be known, and what it would take. */
  readonly workersUnknown: { readonly why: string; readonly hint: string } | undefined;
  readonly leases: Leases;
}

/** The messages that workers hold now, as far as the broker shows them. */
export interface Leases {
  /** How many messages a worker holds; 0 where the broker does not show it. */
  heldBy(worker: string): number;
  /** How many of them have one of these task names. */
  heldOf(worker: string, tasks: readonly string[]): number;
  /** Whether these are surely all that a worker holds: the broker shows some of them, and all leases could be read. */
  showsAllOf(worker: string): boolean;
}

/** Reads a queue: its numbers, its pause, its workers and their leases. */
export async function readQueueFacts(
  name: string,
  sources: ExplainSources,
  evidence: EvidenceList,
): Promise<QueueFacts> {
  const queue = await sources.openQueue(name);
  const { appCoordination } = sources;
  const readAt = sources.now();
  const stats = await queue.stats();
  const pause = await readPause({ name, queue, appCoordination }, stats.isPaused);
  addPause(name, pause, evidence, readAt);
  const workersUnknown = whyUnknown(name, sources);
  const all = appCoordination.coordination && (await readWorkers(appCoordination.coordination));
  const serving = all?.filter(({ queues }) => queues.includes(name));
  if (serving !== undefined) addWorkers(name, serving, evidence, readAt);
  if (workersUnknown !== undefined) evidence.add("workers", workersUnknown.why);
  const workers = workersUnknown === undefined ? serving : undefined;
  const served = new Set([name, ...(workers ?? []).flatMap(({ queues }) => queues)]);
  const leases = await readLeases([...served], sources);
  return { name, queue, readAt, stats, pause, workers, workersUnknown, leases };
}

function whyUnknown(name: string, sources: ExplainSources): QueueFacts["workersUnknown"] {
  if (isForeign(sources, name)) {
    return {
      why: `workers of another system may serve queue "${name}", and they write no heartbeat`,
      hint: "Ask that system which of its workers are alive.",
    };
  }
  if (sources.appCoordination.coordination !== undefined) return undefined;
  return {
    why: "no store holds heartbeats of workers that all processes of this app see",
    hint: "Give the app a result store that all its workers see: they write their heartbeats there.",
  };
}

function addPause(name: string, pause: QueuePause | undefined, evidence: EvidenceList, now: number): void {
  if (pause === undefined) return;
  const { by, note } = pause;
  const who = by === "broker" ? "the broker says so" : "an entry says so to all workers";
  evidence.add("pause", `queue "${name}" is paused: ${who}`);
  if (note === undefined) evidence.add("pause", "who has paused it was not noted");
  else
    evidence.add(
      "pause",
      `the last pause by jobs was by ${note.by} at ${timeText(note.at)}, ${spanText(now - note.at)} ago`,
    );
}

function addWorkers(
  name: string,
  workers: readonly WorkerPresence[],
  evidence: EvidenceList,
  now: number,
): void {
  if (workers.length === 0) {
    evidence.add("workers", `no living worker serves queue "${name}"`);
    return;
  }
  const shown = workers.map(
    ({ worker, running, concurrency, seenAt }) =>
      `${worker} (${running} of ${concurrency} slots used, seen ${spanText(now - seenAt)} ago)`,
  );
  evidence.add("workers", `queue "${name}" is served by ${namesText(shown)}`);
}

/** The most leased messages that are read of one queue. */
const MAX_LEASES = 1_000;
const PAGE = 100;

async function readLeases(names: readonly string[], sources: ExplainSources): Promise<Leases> {
  const held: { readonly holder: string; readonly task: string }[] = [];
  let areAll = true;
  for (const name of names) {
    const queue = await sources.openQueue(name);
    const canPeek = queue.capabilities.peek === true;
    areAll &&= canPeek;
    if (!canPeek) continue;
    let left = MAX_LEASES;
    for await (const { messages } of peekPages(queue, { state: "leased", pageSize: PAGE, limit: left })) {
      left -= messages.length;
      for (const { holder, label } of messages) if (holder !== undefined) held.push({ holder, task: label });
    }
    areAll &&= left > 0;
  }
  const heldBy = (worker: string) => held.filter(({ holder }) => holder === worker).length;
  return {
    heldBy,
    showsAllOf: (worker) => areAll && heldBy(worker) > 0,
    heldOf: (worker, tasks) =>
      held.filter(({ holder, task }) => holder === worker && tasks.includes(task)).length,
  };
}
