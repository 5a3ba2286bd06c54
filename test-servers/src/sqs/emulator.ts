import type { SqsBody, SqsCall, SqsService } from "./protocol/sqs-call.ts";

/** The id of the AWS account of these queues. */
const ACCOUNT = "000000000000";

/** The emulator makes URLs of queues from the requested host; they are replaced by the endpoint's. */
const HOST = "endpoint";

/** An SQS in memory, without a port of its own. */
export interface Emulator {
  readonly service: SqsService;
  /** Ends polls in flight and removes all data. */
  close(): Promise<void>;
}

/**
 * The emulator `fauxqs`, called directly. `addressOf` returns the endpoint's URL for the URLs of queues: AWS's SDKs
 * send requests there when no endpoint is configured.
 */
export async function createEmulator(addressOf: () => string): Promise<Emulator> {
  // Loading it takes four times as long as loading all other servers, which many processes of tests need alone.
  const { buildApp } = await import("fauxqs");
  const app = buildApp({ logger: false });
  return {
    async service(call) {
      const answer = await app.inject({
        method: "POST",
        url: "/",
        headers: headersOf(call),
        payload: JSON.stringify(toEmulator(call)),
      });
      const body = answer.payload === "" ? {} : (JSON.parse(answer.payload) as SqsBody);
      return {
        status: "answer",
        code: answer.statusCode,
        body: fromEmulator(body, call.region, addressOf()),
      };
    },
    close: async () => {
      await app.close();
    },
  };
}

/** The ARN of a queue in the account of the emulator. */
export function queueArn(name: string, region: string): string {
  return `arn:aws:sqs:${region}:${ACCOUNT}:${name}`;
}

/** The name at the end of a queue's address. */
export function queueNameOf(body: SqsBody): string {
  return String(body.QueueUrl).split("/").at(-1) ?? "";
}

function headersOf({ action, region }: SqsCall): Record<string, string> {
  return {
    host: HOST,
    "content-type": "application/x-amz-json-1.0",
    "x-amz-target": `AmazonSQS.${action}`,
    authorization: `AWS4-HMAC-SHA256 Credential=AKIA/20200101/${region}/sqs/aws4_request`,
  };
}

function toEmulator({ body, region }: SqsCall): SqsBody {
  if (typeof body.QueueUrl !== "string") return body;
  return { ...body, QueueUrl: `http://sqs.${region}.localhost/${ACCOUNT}/${queueNameOf(body)}` };
}

function fromEmulator(body: SqsBody, region: string, address: string): SqsBody {
  const ours = (url: string) => `${address}/${ACCOUNT}/${queueNameOf({ QueueUrl: url })}`;
  if (typeof body.QueueUrl === "string") return { ...body, QueueUrl: ours(body.QueueUrl) };
  if (!Array.isArray(body.QueueUrls)) return body;
  const urls = (body.QueueUrls as readonly string[]).filter((url) => url.startsWith(`http://sqs.${region}.`));
  return { ...body, QueueUrls: urls.map(ours) };
}
