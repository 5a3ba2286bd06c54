import type { StoredMessage } from "../broker/stored-message.ts";
import { readEnvelope } from "../envelope/decode.ts";
import { type Blocker, findQueueBlocker, findTaskBlocker } from "./blockers.ts";
import type { Explanation, QueueCause, QueueExplanation } from "./explanation.ts";
import { type QueueFacts, readQueueFacts } from "./queue-facts.ts";
import type { ExplainSources } from "./sources.ts";
import { EvidenceList, untilText } from "./wording.ts";

type Cause = Omit<Explanation<QueueCause>, "evidence">;

/** How many of the first ready jobs are looked at. */
const SAMPLE = 20;

/** Says why the jobs of a queue do not start, or that they do. */
export async function explainQueue(name: string, sources: ExplainSources): Promise<QueueExplanation> {
  const evidence = new EvidenceList();
  const facts = await readQueueFacts(name, sources, evidence);
  const { ready, delayed, leased, dead } = facts.stats;
  const numbers = { ready, delayed, leased, dead };
  const shown = Object.entries(numbers).map(
    ([state, { n, exact }]) => `${exact ? "" : "about "}${n ?? "?"} ${state}`,
  );
  evidence.add("queue", `queue "${name}" has ${shown.join(", ")}`);
  return { queue: name, ...(await explain(facts, sources, evidence)), evidence: evidence.items };
}

async function explain(facts: QueueFacts, sources: ExplainSources, evidence: EvidenceList): Promise<Cause> {
  const { name, stats } = facts;
  const blocker = findQueueBlocker(facts);
  // A pause is the answer also of an empty queue: it keeps the next job too.
  if (blocker?.cause === "queue_paused") return blocker;
  if (stats.ready.n === 0) return explainWithoutReady(facts, sources);
  if (blocker !== undefined) return blocker;
  const { queue } = facts;
  if (queue.capabilities.peek === true) {
    const { messages } = await queue.peek({ state: "ready", limit: SAMPLE });
    const blocked = await findCommonBlocker(messages, facts, sources, evidence);
    if (blocked !== undefined) return blocked;
  } else {
    const blocked = findFull(facts);
    if (blocked !== undefined) return blocked;
  }
  return { cause: "moving", summary: `Nothing keeps the jobs of queue "${name}" from their start.` };
}

async function explainWithoutReady(
  { name, queue, stats }: QueueFacts,
  { now }: ExplainSources,
): Promise<Cause> {
  const { delayed, leased } = stats;
  if ((leased.n ?? 0) > 0)
    return {
      cause: "running",
      summary: `All jobs of queue "${name}" that are due are with workers: ${leased.n}.`,
    };
  if ((delayed.n ?? 0) === 0) return { cause: "empty", summary: `No job waits in queue "${name}".` };
  const waits = `No job of queue "${name}" is due. ${delayed.n} wait for their time`;
  if (queue.capabilities.peek !== true) return { cause: "delayed", summary: `${waits}.` };
  const { messages, nextCursor } = await queue.peek({ state: "delayed", limit: 1_000 });
  const until = Math.min(...messages.map(({ dueAt }) => dueAt));
  // With more jobs than were read, another may be due earlier.
  if (nextCursor !== undefined || messages.length === 0) return { cause: "delayed", summary: `${waits}.` };
  return { cause: "delayed", summary: `${waits}, the next until ${untilText(until, now())}.`, until };
}

/** The blocker of the first job, if every one of the first jobs has one. */
async function findCommonBlocker(
  messages: readonly StoredMessage[],
  facts: QueueFacts,
  sources: ExplainSources,
  evidence: EvidenceList,
): Promise<Blocker | undefined> {
  let first: Blocker | undefined;
  for (const message of messages) {
    const envelope = readEnvelope(message, sources.config.worker.codecs);
    const own = new EvidenceList();
    const blocker = await findTaskBlocker(
      { name: envelope?.task ?? message.label, envelope },
      facts,
      sources,
      own,
    );
    if (blocker === undefined) return undefined;
    if (first === undefined) for (const { source, statement } of own.items) evidence.add(source, statement);
    first ??= blocker;
  }
  return first;
}

function findFull({ name, workers = [] }: QueueFacts): Blocker | undefined {
  if (workers.some(({ running, concurrency }) => running < concurrency)) return undefined;
  return {
    cause: "workers_busy",
    summary: `All slots of the workers of queue "${name}" were used at their last heartbeats.`,
    hint: "Start more workers, or raise their concurrency.",
  };
}
