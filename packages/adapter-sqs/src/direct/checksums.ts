import { hash } from "node:crypto";
import type { Message, SendMessageBatchRequestEntry, SendMessageBatchResult } from "@aws-sdk/client-sqs";

/** What of a command and of its answer carries bodies and their checksums. */
interface Carried {
  readonly Entries?: readonly SendMessageBatchRequestEntry[];
}
interface Answered extends Partial<Pick<SendMessageBatchResult, "Successful">> {
  readonly Messages?: readonly Message[];
}

/** Whether SQS has stored and handed out the bodies that were sent, by the checksums that it says. Of other commands always. */
export function isIntact(input: Carried, { Messages = [], Successful = [] }: Answered): boolean {
  if (!Messages.every(({ Body = "", MD5OfBody }) => MD5OfBody === md5(Body))) return false;
  if (Successful.length === 0 || input.Entries?.[0]?.MessageBody === undefined) return true;
  const bodies = new Map(input.Entries.map(({ Id, MessageBody = "" }) => [Id, MessageBody]));
  return Successful.every(({ Id, MD5OfMessageBody }) => MD5OfMessageBody === md5(bodies.get(Id) ?? ""));
}

function md5(body: string): string {
  return hash("md5", body);
}
