import { isJobsError } from "@jobs/core";
import { sleep, systemClock } from "@jobs/core/runtime";
import type { SqsLink } from "../client/sqs-link.ts";

/** Pause between two checks of a running move, in ms. */
const LOOK_MS = 1_000;

/** Source and target by ARN. */
export interface Move {
  readonly link: SqsLink;
  /** Full name of the queue of dead letters, for errors. */
  readonly queue: string;
  readonly from: string;
  readonly to: string;
  /** Aborts when the broker closes; the move continues. */
  readonly closed: AbortSignal;
}

/**
 * Makes SQS itself move all dead letters, and resolves with their number. `undefined` when it cannot: no support at the
 * endpoint, no permission, or another running move. SQS moves messages unchanged, so the redrive is visible only when
 * they die again.
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
    // After any error, messages are moved one by one, which gives a better error.
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
  // A started move is listed; if not yet, it is checked again.
  const [{ Status: status = "RUNNING", ApproximateNumberOfMessagesMoved: moved = 0 } = {}] = Results;
  return { status, moved };
}
