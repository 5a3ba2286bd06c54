import type { SqsBody, SqsCall, SqsLayer, SqsService } from "../protocol/sqs-call.ts";
import { refused, type SqsRefusal } from "../protocol/sqs-refusal.ts";

/** How long AWS refuses a second purge, in ms. */
const PURGE_MS = 60_000;

/** Rules of AWS for whole queues that the emulator lacks: redrive policies and purges. */
export function queueRules(): SqsLayer {
  const purgedAt = new Map<string, number>();
  return async (call, next) => {
    const refusal = call.action === "PurgeQueue" ? purge(call, purgedAt) : await refusalOfRedrive(call, next);
    return refusal === undefined ? next(call) : refused(refusal);
  };
}

function purge({ body }: SqsCall, purgedAt: Map<string, number>): SqsRefusal | undefined {
  const queue = String(body.QueueUrl);
  const now = Date.now();
  if (now - (purgedAt.get(queue) ?? Number.NEGATIVE_INFINITY) < PURGE_MS) {
    return {
      name: "PurgeQueueInProgress",
      message: "Only one PurgeQueue operation is allowed every 60 seconds.",
    };
  }
  purgedAt.set(queue, now);
  return undefined;
}

async function refusalOfRedrive(call: SqsCall, next: SqsService): Promise<SqsRefusal | undefined> {
  const { RedrivePolicy } = (call.body.Attributes ?? {}) as SqsBody;
  if (typeof RedrivePolicy !== "string" || RedrivePolicy === "") return undefined;
  const { deadLetterTargetArn = "" } = JSON.parse(RedrivePolicy) as { deadLetterTargetArn?: string };
  const target = deadLetterTargetArn.split(":").at(-1) ?? "";
  const found = await next({ ...call, action: "GetQueueUrl", body: { QueueName: target } });
  if (found.status === "cut" || found.code !== 200)
    return invalid(RedrivePolicy, "Dead letter target does not exist.");
  const source = String(call.body.QueueName ?? call.body.QueueUrl);
  if (source.endsWith(".fifo") === target.endsWith(".fifo")) return undefined;
  return invalid(RedrivePolicy, "Dead-letter queue must be same type of queue as the source.");
}

function invalid(policy: string, reason: string): SqsRefusal {
  const message = `Value ${policy} for parameter RedrivePolicy is invalid. Reason: ${reason}`;
  return { name: "InvalidParameterValue", message };
}
