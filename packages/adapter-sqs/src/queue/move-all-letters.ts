import { isJobsError } from "@jobs/core";
import { sleep, systemClock } from "@jobs/core/runtime";
import type { SqsLink } from "../client/sqs-link.ts";

/** Between two looks at a move under way, in ms. */
const LOOK_MS = 1_000;

/** From where to where, by ARN. */
export interface Move {
  readonly link: SqsLink;
  /** Full name of the queue of dead letters, for errors. */
  readonly queue: string;
  readonly from: string;
  readonly to: string;
  /** Aborts when the broker closes; the move goes on without us. */
  readonly closed: AbortSignal;
}

/**
 * Lets SQS itself move all dead letters, and tells how many it has moved; `undefined` where it cannot: an endpoint
 * without it, no right to it, a move under way already. What it moves is not changed: that it
 * was redriven shows when it dies again.
 */
export async function moveAllLetters(move: Move): Promise<number | undefined> {
  if (!(await start(move))) return undefined;
  while (!move.closed.aborted) {
    const { status, moved } = await look(move);
    if (status !== "RUNNING") return moved;
    await sleep(systemClock, LOOK_MS, move.closed);
  }
  return 0;
}

async function start({ link, queue, from, to }: Move): Promise<boolean> {
  try {
    await link.call({
      queue,
      run: (client) => client.startMessageMoveTask({ SourceArn: from, DestinationArn: to }),
    });
    return true;
  } catch (error) {
    // Whatever it is that cannot be: message by message it is tried as well, and tells better.
    if (isJobsError(error)) return false;
    throw error;
  }
}

async function look({
  link,
  queue,
  from,
}: Move): Promise<{ readonly status: string; readonly moved: number }> {
  const { Results = [] } = await link.call({
    queue,
    run: (client) => client.listMessageMoveTasks({ SourceArn: from, MaxResults: 1 }),
  });
  // A move that was begun is listed; where it is not yet, it is looked for again.
  const [{ Status: status = "RUNNING", ApproximateNumberOfMessagesMoved: moved = 0 } = {}] = Results;
  return { status, moved };
}
