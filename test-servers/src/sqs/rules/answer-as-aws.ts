import { done, type SqsAnswer, type SqsBody, type SqsCall, type SqsLayer } from "../protocol/sqs-call.ts";
import { refused, type SqsRefusal } from "../protocol/sqs-refusal.ts";

/** AWS's message for a receipt whose message is not in flight any more. */
const NOT_IN_FLIGHT = "Message does not exist or is not available for visibility timeout change.";

/** Changes the emulator's answers to AWS's where they differ: removes attributes that were not requested. */
export const answerAsAws: SqsLayer = async (call, next) => {
  const answer = await next(asked(call));
  if (answer.status === "cut") return answer;
  if (call.action === "ReceiveMessage") return withoutAttributes(call.body, answer.body, answer);
  if (call.action === "ChangeMessageVisibility") return singleNotInFlight(call, answer);
  return call.action === "ChangeMessageVisibilityBatch" ? entriesNotInFlight(answer) : answer;
};

/** The emulator returns all attributes when none is requested. */
function asked(call: SqsCall): SqsCall {
  if (call.action !== "GetQueueAttributes" || call.body.AttributeNames !== undefined) return call;
  return { ...call, body: { ...call.body, AttributeNames: [] } };
}

function withoutAttributes({ MessageAttributeNames }: SqsBody, body: SqsBody, answer: SqsAnswer): SqsAnswer {
  const isAsked = Array.isArray(MessageAttributeNames) && MessageAttributeNames.length > 0;
  if (isAsked || !Array.isArray(body.Messages)) return answer;
  const messages = (body.Messages as readonly SqsBody[]).map(
    ({ MessageAttributes: _, MD5OfMessageAttributes: __, ...message }) => message,
  );
  return done({ ...body, Messages: messages });
}

function singleNotInFlight({ body }: SqsCall, answer: SqsAnswer): SqsAnswer {
  if (answer.status === "cut" || !String(answer.body.__type).endsWith("#MessageNotInflight")) return answer;
  return refused(invalidReceipt(String(body.ReceiptHandle)));
}

function entriesNotInFlight(answer: SqsAnswer): SqsAnswer {
  if (answer.status === "cut" || !Array.isArray(answer.body.Failed)) return answer;
  const failed = (answer.body.Failed as readonly SqsBody[]).map((entry) =>
    entry.Code === "ReceiptHandleIsInvalid" ? { ...entry, ...asEntry(invalidReceipt("…")) } : entry,
  );
  return done({ ...answer.body, Failed: failed });
}

function invalidReceipt(receipt: string): SqsRefusal {
  const message = `Value ${receipt} for parameter ReceiptHandle is invalid. Reason: ${NOT_IN_FLIGHT}`;
  return { name: "InvalidParameterValue", message };
}

function asEntry({ name, message }: SqsRefusal): SqsBody {
  return { Code: name, Message: message };
}
