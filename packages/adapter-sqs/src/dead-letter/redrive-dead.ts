import type { Message } from "@aws-sdk/client-sqs";
import { isJobsError } from "@jobs/core";
import { CALL_TIMEOUT_MS, type RedriveResult } from "@jobs/core/broker";
import { sleep, systemClock } from "@jobs/core/runtime";
import type { EntryAnswer } from "../batch/entry-answer.ts";
import type { QueueSettings } from "../capabilities.ts";
import type { SqsLink } from "../client/sqs-link.ts";
import {
  ATTRIBUTE,
  DEATH_ATTRIBUTES,
  fittingAttributes,
  keptAttributes,
  numberAttribute,
  textAttribute,
} from "../message/attributes.ts";
import { copyEntry, type SendEntry } from "../message/send-entry.ts";
import type { QueueRecord } from "../queue/queue-registry.ts";
import type { DeadLetterChoice, DeadLetterQueue } from "./dead-letter-queue.ts";
import { firstMessageId, idsOf, isSetAsideAgain, redrivesOf } from "./read-dead-letter.ts";

/** Where dead letters go, and the new bodies of some, by id. */
export interface RedriveTarget {
  readonly queue: QueueRecord;
  readonly bodies: ReadonlyMap<string, string> | undefined;
}

/**
 * Sends chosen dead letters to `target`, then deletes them, so that a crash between duplicates one instead of losing
 * it.
 */
export async function redriveLetters(
  letters: DeadLetterQueue,
  choice: DeadLetterChoice,
  target: RedriveTarget,
): Promise<RedriveResult> {
  let moved = 0;
  const hidden = await letters.walk(choice, async (part) => {
    const sent = await send(part, target);
    await letters.delete(sent);
    moved += sent.length;
    return sent;
  });
  return { moved, ...(hidden && { hidden }) };
}

/** The messages that have arrived. @throws JobsError when none has. */
async function send(
  messages: readonly Message[],
  { queue, bodies }: RedriveTarget,
): Promise<readonly Message[]> {
  if (messages.length === 0) return [];
  const entries = messages.map((message) => redrivenEntry(withBody(message, bodies), queue.settings));
  const answers = await queue.requests.send(entries, CALL_TIMEOUT_MS);
  const sent = messages.filter((_, index) => answers[index]?.status === "done");
  if (sent.length === 0) throw firstError(answers);
  return sent;
}

/** The dead letter with its new body, if it has one. */
function withBody(dead: Message, bodies: RedriveTarget["bodies"]): Message {
  const id = idsOf(dead).find((one) => bodies?.has(one));
  return id === undefined ? dead : { ...dead, Body: bodies?.get(id) };
}

/** The message for a redrive. Its attempts start again, and its redrives are counted. */
function redrivenEntry(
  dead: Message,
  { isFifo, maxMessageBytes }: Pick<QueueSettings, "isFifo" | "maxMessageBytes">,
): SendEntry {
  const redrives = redrivesOf(dead, isSetAsideAgain(dead)) + 1;
  const { redrives: count, messageId } = ATTRIBUTE;
  const needed = {
    [messageId]: textAttribute(firstMessageId(dead)),
    [count]: numberAttribute(redrives),
  };
  const all = { ...keptAttributes(dead, [...DEATH_ATTRIBUTES, count], 2), ...needed };
  const attributes = fittingAttributes([all, needed], maxMessageBytes - Buffer.byteLength(dead.Body ?? ""));
  // A FIFO queue would drop the job's own id as a repetition within some minutes.
  return copyEntry(dead, { isFifo, attributes, dedupeId: `redrive-${dead.MessageId}` });
}

function firstError(answers: readonly EntryAnswer[]): Error | undefined {
  return answers.flatMap((answer) => (answer.status === "failed" ? [answer.error] : []))[0];
}

/** Pause between two checks of a running move, in ms. */
const LOOK_MS = 1_000;

/** Source and target by ARN. */
interface Move {
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
