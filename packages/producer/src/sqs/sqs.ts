import { BrokerUnavailableError, ConfigError, type JobsError } from "@jobs/core";
import { AccessDeniedError, type OutgoingMessage, QueueNotFoundError } from "@jobs/core/broker";
import { either, func, text } from "@jobs/core/producer";
import { checkArgument, isObject, type OptionRule, optionsCheck, required } from "@jobs/core/runtime";
import type { Destination } from "../producer.ts";
import { type Credentials, signedHeaders, type UnsignedRequest } from "./signature.ts";

/** Options of {@link sqs}. */
export interface SqsOptions {
  /** Region of the queues, such as `eu-west-1`. */
  readonly region: string;
  /** The account that owns the queues, 12 digits. With it no request is needed to find a queue. */
  readonly accountId: string;
  /** Keys with the right to `SendMessage`, or a function that is asked before each send. */
  readonly credentials: Credentials | (() => Credentials | Promise<Credentials>);
  /** Another address than AWS's, without a path. */
  readonly endpoint?: string;
}

const CREDENTIALS: OptionRule = {
  expected: "{ accessKeyId, secretAccessKey }",
  accepts: (value) => isObject(value) && [value.accessKeyId, value.secretAccessKey].every(text.accepts),
};

const checkOptions = optionsCheck<SqsOptions>({
  region: required({
    expected: "a region, such as eu-west-1",
    accepts: (value) => /^[a-z0-9-]+$/.test(value as string),
  }),
  accountId: required({
    expected: "12 digits",
    accepts: (value) => /^\d{12}$/.test(value as string),
  }),
  credentials: required(either(CREDENTIALS, func)),
  endpoint: {
    expected: "http://host:port or https://host, without a path",
    accepts: (value) => /^https?:\/\/[^/?#]+\/?$/.test(value as string) && URL.canParse(value as string),
  },
});

/** The longest delay of one message on SQS, in seconds. */
const MAX_DELAY_SECONDS = 900;

/** How long an answer may take, in ms, as for every enqueue. */
const TIMEOUT_MS = 5_000;

const KIND = "sqs";

const HEADERS = {
  "content-type": "application/x-amz-json-1.0",
  "x-amz-target": "AmazonSQS.SendMessage",
} as const;

/**
 * Sends to Amazon SQS by fetch, signed by WebCrypto. A message is the same as from `@jobs/adapter-sqs`. One request a
 * job, and no second try.
 * @throws ConfigError for options that cannot be used
 */
export function sqs(options: SqsOptions): Destination {
  checkOptions(options, "sqs()");
  const { region, accountId, credentials, endpoint = `https://sqs.${region}.amazonaws.com` } = options;
  const url = new URL("/", endpoint);
  return {
    kind: KIND,
    async send(queue, message) {
      const QueueUrl = new URL(`/${accountId}/${queue}`, url).href;
      const body = JSON.stringify({ QueueUrl, ...messageFields(queue, message) });
      const keys = typeof credentials === "function" ? await credentials() : credentials;
      checkArgument(keys, "sqs(): what credentials returns", CREDENTIALS);
      const unsigned = { url, headers: HEADERS, body };
      await post(queue, unsigned, await signedHeaders(unsigned, region, keys));
    },
  };
}

/** Fields of a message. A delay of more than 15 minutes is sent on by the worker that receives it early. */
function messageFields(
  queue: string,
  { id, label, body, delayMs = 0, priority, groupKey }: OutgoingMessage,
): object {
  const isFifo = queue.endsWith(".fifo");
  if (priority !== undefined) throw refused("a priority", queue);
  if (isFifo && delayMs > 0) throw refused("a delay", queue);
  const delaySeconds = Math.ceil(delayMs / 1000);
  const dueInMs = { DataType: "Number", StringValue: String(Math.ceil(delayMs)) };
  return {
    MessageBody: body,
    MessageAttributes: {
      "jobs-task": { DataType: "String", StringValue: label },
      "jobs-id": { DataType: "String", StringValue: id },
      ...(delaySeconds > MAX_DELAY_SECONDS ? { "jobs-due-in-ms": dueInMs } : {}),
    },
    ...(isFifo
      ? { MessageGroupId: groupKey ?? id, MessageDeduplicationId: id }
      : {
          DelaySeconds: Math.min(delaySeconds, MAX_DELAY_SECONDS),
          ...(groupKey === undefined ? {} : { MessageGroupId: groupKey }),
        }),
  };
}

async function post(
  queue: string,
  { url, body }: UnsignedRequest,
  headers: Record<string, string>,
): Promise<void> {
  const target = { broker: KIND, queue };
  let answer: Response;
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    answer = await fetch(url, { method: "POST", headers, body, signal });
  } catch (cause) {
    const options = { cause, maybeSent: true };
    throw new BrokerUnavailableError(target, `no answer from ${url.host}.`, options);
  }
  if (!answer.ok) throw await errorOfAnswer(target, answer);
}

async function errorOfAnswer(
  target: { readonly broker: string; readonly queue: string },
  answer: Response,
): Promise<JobsError> {
  const read = (await answer.json().catch(() => ({}))) as Readonly<Record<string, string>>;
  const name = read.__type?.split("#").at(-1) ?? "";
  if (/QueueDoesNotExist|NonExistentQueue/.test(name)) return new QueueNotFoundError(target);
  const said = `SQS answers ${answer.status} ${name}. ${read.message ?? ""}`.trim();
  if (answer.status === 403 || /AccessDenied|Signature|Token|ClientId/.test(name)) {
    return new AccessDeniedError(target, said);
  }
  if (answer.status >= 500 || /Throttl/.test(name)) return new BrokerUnavailableError(target, said);
  return new ConfigError(`${KIND} queue "${target.queue}": ${said}`);
}

function refused(what: string, queue: string): ConfigError {
  const hint = "Leave it out, or use another queue.";
  return new ConfigError(`${KIND} queue "${queue}" cannot keep ${what}.`, { hint });
}
