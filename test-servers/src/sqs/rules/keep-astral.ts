import { createHash } from "node:crypto";
import { type BatchEntry, entriesOf } from "../protocol/sqs-batch.ts";
import { done, type SqsAnswer, type SqsBody, type SqsCall, type SqsLayer } from "../protocol/sqs-call.ts";

/** Followed by six digits, it replaces a character that the emulator refuses. It is itself replaced in the same way. */
const MARK = "\uE000";
const REFUSED = /[\uE000\u{10000}-\u{10FFFF}]/gu;
const WRITTEN = /\uE000([0-9a-f]{6})/g;

/**
 * Accepts characters beyond the basic plane, as AWS does: the emulator refuses their halves as invalid. Bodies of many
 * such characters reach its size limit early.
 */
export const keepAstral: SqsLayer = async (call, next) => {
  if (call.action === "ReceiveMessage") return withOriginalBodies(await next(call));
  if (!call.action.startsWith("SendMessage")) return next(call);
  return withOriginalDigests(call, await next({ ...call, body: writtenBodies(call) }));
};

function writtenBodies(call: SqsCall): SqsBody {
  const entries = entriesOf(call);
  return entries === undefined ? written(call.body) : { ...call.body, Entries: entries.map(written) };
}

function written(message: SqsBody): SqsBody {
  if (typeof message.MessageBody !== "string") return message;
  return {
    ...message,
    MessageBody: message.MessageBody.replace(REFUSED, (character) => MARK + hex(character)),
  };
}

function hex(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).padStart(6, "0");
}

function withOriginalBodies(answer: SqsAnswer): SqsAnswer {
  if (answer.status === "cut" || !Array.isArray(answer.body.Messages)) return answer;
  const messages = (answer.body.Messages as readonly SqsBody[]).map((message) => {
    const stored = String(message.Body);
    if (!stored.includes(MARK)) return message;
    const Body = stored.replace(WRITTEN, (_, digits: string) =>
      String.fromCodePoint(Number.parseInt(digits, 16)),
    );
    return { ...message, Body, MD5OfBody: md5(Body) };
  });
  return done({ ...answer.body, Messages: messages });
}

function withOriginalDigests(call: SqsCall, answer: SqsAnswer): SqsAnswer {
  if (answer.status === "cut" || answer.code !== 200) return answer;
  const entries = entriesOf(call);
  if (entries === undefined) return done(withDigest(answer.body, call.body));
  const byId = new Map(entries.map((entry) => [entry.Id, entry]));
  const sent = ((answer.body.Successful ?? []) as readonly BatchEntry[]).map((entry) =>
    withDigest(entry, byId.get(entry.Id) ?? {}),
  );
  return done({ ...answer.body, Successful: sent });
}

function withDigest(sent: SqsBody, { MessageBody }: SqsBody): SqsBody {
  const body = String(MessageBody);
  return body.search(REFUSED) < 0 ? sent : { ...sent, MD5OfMessageBody: md5(body) };
}

/** The checksum that SDKs check. */
function md5(text: string): string {
  return createHash("md5").update(text).digest("hex");
}
