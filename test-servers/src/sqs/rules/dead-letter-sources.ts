import { queueArn } from "../emulator.ts";
import type { SqsBody, SqsCall, SqsService } from "../protocol/sqs-call.ts";

/** Addresses of the queues whose dead letters go to the queue of this name. */
export async function sourcesOf(
  { region }: SqsCall,
  name: string,
  next: SqsService,
): Promise<readonly string[]> {
  const { QueueUrls = [] } = await ask(next, { action: "ListQueues", region, body: {} });
  const sources: string[] = [];
  for (const QueueUrl of QueueUrls as readonly string[]) {
    const asked = {
      action: "GetQueueAttributes",
      region,
      body: { QueueUrl, AttributeNames: ["RedrivePolicy"] },
    };
    const { Attributes } = await ask(next, asked);
    const { RedrivePolicy = "{}" } = (Attributes ?? {}) as { RedrivePolicy?: string };
    const { deadLetterTargetArn } = JSON.parse(RedrivePolicy) as { deadLetterTargetArn?: string };
    if (deadLetterTargetArn === queueArn(name, region)) sources.push(QueueUrl);
  }
  return sources;
}

/** The body of an answer. @throws Error for a refusal */
export async function ask(service: SqsService, call: SqsCall): Promise<SqsBody> {
  const answer = await service(call);
  if (answer.status === "answer" && answer.code === 200) return answer.body;
  throw new Error(`${call.action}: ${JSON.stringify(answer)}`);
}
