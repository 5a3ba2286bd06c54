import type { Message } from "@aws-sdk/client-sqs";
import type { EntryAnswer } from "../batch/entry-answer.ts";
import { redrivenEntry } from "../message/dead-letter.ts";
import type { DeadLetterChoice, DeadLetterQueue } from "./dead-letter-queue.ts";
import type { QueueRecord } from "./queue-registry.ts";

/**
 * Sends chosen dead letters to `target`, then deletes them, so that a crash between duplicates one instead of losing
 * it. Returns their number.
 */
export async function redriveLetters(
  box: DeadLetterQueue,
  choice: DeadLetterChoice,
  target: QueueRecord,
): Promise<number> {
  let moved = 0;
  await box.walk(choice, async (part) => {
    const sent = await send(part, target);
    await box.delete(sent);
    moved += sent.length;
    return sent;
  });
  return moved;
}

/** The messages that have arrived. @throws JobsError when none has. */
async function send(messages: readonly Message[], target: QueueRecord): Promise<readonly Message[]> {
  if (messages.length === 0) return [];
  const entries = messages.map((message) => redrivenEntry(message, target.settings));
  const answers = await target.requests.send(entries);
  const sent = messages.filter((_, index) => answers[index]?.status === "done");
  if (sent.length === 0) throw firstError(answers);
  return sent;
}

function firstError(answers: readonly EntryAnswer[]): Error | undefined {
  return answers.flatMap((answer) => (answer.status === "failed" ? [answer.error] : []))[0];
}
