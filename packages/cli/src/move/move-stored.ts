import type { JobsError } from "@jobs/core";
import { type BrokerQueue, type MessageState, peekPages } from "@jobs/core/broker";
import { warn } from "../output/warn.ts";
import { fromStored, type MovableJob } from "./movable-job.ts";
import type { QueueMove } from "./queue-move.ts";
import { type MoveTarget, refusalOf } from "./send-jobs.ts";

/** The states in the order of a pass. A delayed job that becomes ready meanwhile is found by the next pass. */
const STATES = ["ready", "delayed", "dead"] as const satisfies readonly MessageState[];

/**
 * Moves what a broker shows and removes by id. The queue is paused meanwhile, so no worker takes a job between its send
 * and its removal.
 */
export async function moveStored(move: QueueMove): Promise<void> {
  await pause(move);
  try {
    await passOn(move);
  } catch (error) {
    // Workers of the source must not take what the target may have. The pause ends when the move is resumed.
    if (move.journal.hasOpenSends) sayPaused(move);
    else await resume(move);
    throw error;
  }
  await resume(move);
}

/** Passes over the source until one finds nothing to move. */
async function passOn(move: QueueMove): Promise<void> {
  const { source, pageSize } = move;
  do {
    move.beginPass();
    for (const state of STATES) {
      if (!isReadable(source, state)) continue;
      for await (const { messages } of peekPages(source, { state, pageSize })) {
        await moveSome(move, messages.map(fromStored));
        if (move.isStopped) return;
      }
    }
  } while (await move.goesOn());
  await move.forgetGone();
}

/** Without dead letters a broker has none to show. */
function isReadable({ capabilities }: BrokerQueue, state: MessageState): boolean {
  return state !== "dead" || capabilities.deadLetter !== false;
}

async function moveSome(move: QueueMove, jobs: readonly MovableJob[]): Promise<void> {
  const { source, journal } = move;
  const arrived = await move.send(jobs);
  if (arrived.length === 0) return;
  const results = await source.remove(arrived.map(({ message: { id } }) => id));
  const gone = arrived.filter((_, index) => results[index]?.status !== "leased");
  journal.gone(gone.map(({ key }) => key));
  move.count(gone);
}

/** A pause that was there before the move stays after it. */
async function pause({ source, journal }: QueueMove): Promise<void> {
  if (journal.hasPaused(source.name)) return source.pause();
  if ((await source.stats()).isPaused) return;
  journal.paused(source.name);
  await source.pause();
}

/** Takes the move's own pause back, so that workers get what was left. */
async function resume({ source, journal }: QueueMove): Promise<void> {
  if (!journal.hasPaused(source.name)) return;
  await source.resume();
  journal.resumed(source.name);
}

function sayPaused({ source, journal }: QueueMove): void {
  if (!journal.hasPaused(source.name)) return;
  warn(
    `queue "${source.name}" stays paused at the old broker, since the new one may have some of its jobs. Run the same command again once the cause is gone.`,
  );
}

/** What a move would do with a queue that shows its jobs. */
export async function lookAtStored(
  { source, target, pageSize }: StoredLook,
  onRefused: (job: MovableJob, error: JobsError) => void,
): Promise<Readonly<Record<"ready" | "delayed" | "dead", number>>> {
  const counts = { ready: 0, delayed: 0, dead: 0 };
  for (const state of STATES) {
    if (!isReadable(source, state)) continue;
    for await (const { messages } of peekPages(source, { state, pageSize })) {
      for (const job of messages.map(fromStored)) {
        const error = refusalOf(job, target);
        if (error === undefined) counts[state]++;
        else onRefused(job, error);
      }
    }
  }
  return counts;
}

interface StoredLook {
  readonly source: BrokerQueue;
  readonly target: MoveTarget;
  readonly pageSize: number;
}
