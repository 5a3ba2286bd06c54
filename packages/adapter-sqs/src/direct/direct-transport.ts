import { hash } from "node:crypto";
import type {
  Message,
  MessageAttributeValue,
  SendMessageBatchRequestEntry,
  SendMessageBatchResult,
  SQS,
} from "@aws-sdk/client-sqs";
import { systemClock } from "@jobs/core/runtime";
import { isReadable } from "../client/check-answer.ts";
import {
  type HttpAnswer,
  type HttpRequestStyle,
  type PreparedRequest,
  type Route,
  readRoute,
  sendHttpRequest,
} from "./http-request.ts";
import { Signer, type SigningIdentity } from "./signature.ts";

/** The frequent requests of producers and workers: the SDK's commands and SQS's actions. */
const ACTIONS: Readonly<Record<string, string>> = {
  SendMessageBatchCommand: "SendMessageBatch",
  ReceiveMessageCommand: "ReceiveMessage",
  DeleteMessageBatchCommand: "DeleteMessageBatch",
  ChangeMessageVisibilityBatchCommand: "ChangeMessageVisibilityBatch",
};

/** The result of a request. */
type Tried =
  | { readonly status: "answered"; readonly answer: HttpAnswer }
  | { readonly status: "failed"; readonly error: unknown };

/**
 * Sends frequent commands without the SDK, whose middleware costs several times as much as a request. Everything but a
 * plain success goes to the SDK. It gets the answer or the failure as that of its own first attempt. Then it does what
 * it always does: an error, a retry or a correction of its clock.
 */
export class DirectTransport {
  readonly #client: SQS;
  readonly #style: HttpRequestStyle;
  readonly #firstTries = new WeakMap<object, Tried>();
  #way: DirectClient | undefined;

  constructor(client: SQS, style: HttpRequestStyle) {
    this.#client = client;
    this.#style = style;
  }

  /** Adds the first and the last middleware of the client. */
  install(): void {
    this.#goPast();
    this.#takeUp();
  }

  /** Runs before the SDK's own check of bodies. */
  #goPast(): void {
    this.#client.middlewareStack.add(
      (next, { commandName = "" }) =>
        async (step) => {
          const action = ACTIONS[commandName];
          const tried = action === undefined ? undefined : await this.#try(action, step.input);
          if (tried === undefined) return next(step);
          const done = this.#successOf(tried, { commandName, input: step.input });
          if (done !== undefined) return done;
          this.#firstTries.set(step.input, tried);
          return next(step);
        },
      { step: "initialize", name: "directTransport" },
    );
  }

  /** The last step, at which the SDK would send the finished request. */
  #takeUp(): void {
    this.#client.middlewareStack.add(
      (next) => async (step) => {
        const tried = this.#firstTries.get(step.input);
        this.#firstTries.delete(step.input);
        if (tried?.status === "failed") throw tried.error;
        if (tried?.status === "answered") return { response: sdkResponse(tried.answer) };
        this.#readWay(step.request as PreparedRequest);
        return next(step);
      },
      { step: "deserialize", name: "directAnswer", priority: "low" },
    );
  }

  /** Reads endpoint and region from the client's first request, which looks up its queue. */
  #readWay(request: PreparedRequest): void {
    if (this.#way !== undefined) return;
    const route = readRoute(request);
    if (route !== undefined) this.#way = new DirectClient(route, this.#style);
  }

  /**
   * `undefined` when no request was sent: the endpoint is not known yet, or there are no credentials. The SDK then has
   * a better error.
   */
  async #try(action: string, input: object): Promise<Tried | undefined> {
    if (this.#way === undefined) return undefined;
    const { config } = this.#client;
    const identity = await config.credentials().catch(() => undefined);
    if (identity === undefined) return undefined;
    const credentials = { identity, clockOffsetMs: config.systemClockOffset };
    try {
      const answer = await this.#way.ask(action, encodeInput(input), credentials);
      return { status: "answered", answer };
    } catch (error) {
      return { status: "failed", error };
    }
  }

  /** The output of a command with a plain success. */
  #successOf(tried: Tried, { commandName, input }: { readonly commandName: string; readonly input: object }) {
    if (tried.status === "failed") return undefined;
    const { answer } = tried;
    if (answer.statusCode < 200 || answer.statusCode > 299) return undefined;
    try {
      const output = decodeOutput(answer.body.toString());
      if (!isReadable(commandName, output)) return undefined;
      if (this.#client.config.md5 !== false && !isIntact(input, output)) return undefined;
      return { response: answer, output: { ...output, $metadata: {} } };
    } catch {
      return undefined;
    }
  }
}

/** An answer in the SDK's form. */
function sdkResponse({ statusCode, headers, body }: HttpAnswer): object {
  const lines = Object.entries(headers).map(([name, value = ""]) => [name, String(value)]);
  return { statusCode, headers: Object.fromEntries(lines), body };
}

/** Values that may change between requests. */
interface Credentials {
  readonly identity: SigningIdentity;
  /** AWS's clock minus this machine's clock, in ms. */
  readonly clockOffsetMs: number;
}

/** Requests to SQS along a route, in AWS's JSON protocol 1.0. */
class DirectClient {
  readonly #route: Route;
  readonly #style: HttpRequestStyle;
  readonly #signer: Signer;

  constructor(route: Route, style: HttpRequestStyle) {
    this.#route = route;
    this.#style = style;
    const { region, path } = route;
    this.#signer = new Signer({ region, service: "sqs", method: "POST", path });
  }

  /** Sends a request by SQS's name of the action. @throws what {@link sendHttpRequest} throws */
  ask(action: string, body: string, { identity, clockOffsetMs }: Credentials): Promise<HttpAnswer> {
    const { host, userAgent } = this.#route;
    const headers = {
      "content-type": "application/x-amz-json-1.0",
      host,
      "x-amz-target": `AmazonSQS.${action}`,
      // Errors then have the same names as in the SDK.
      "x-amzn-query-mode": "true",
    };
    const nowMs = systemClock.now() + clockOffsetMs;
    const signed = this.#signer.sign({ headers, body }, identity, nowMs);
    const length = String(Buffer.byteLength(body));
    const sent = { ...signed, "user-agent": userAgent, "content-length": length };
    return sendHttpRequest(this.#route, { headers: sent, body }, this.#style);
  }
}

interface Attributed {
  MessageAttributes?: Record<string, MessageAttributeValue> | undefined;
}

/** The JSON for the input of a command; bytes become base64. */
function encodeInput(input: object): string {
  const { Entries } = input as { readonly Entries?: readonly Attributed[] };
  if (Entries?.some(hasBytes) !== true) return JSON.stringify(input);
  return JSON.stringify({ ...input, Entries: Entries.map(withBase64) });
}

/** The output of a command in the SDK's form, without its metadata. @throws SyntaxError for a text that is not JSON */
function decodeOutput(text: string): object {
  const output = JSON.parse(text) as { readonly Messages?: readonly Attributed[] };
  if (typeof output !== "object" || output === null) throw new SyntaxError("an answer of SQS is an object");
  for (const message of output.Messages ?? []) if (hasBytes(message)) restoreBytes(message);
  return output;
}

function hasBytes({ MessageAttributes = {} }: Attributed): boolean {
  for (const name in MessageAttributes) if (MessageAttributes[name]?.BinaryValue !== undefined) return true;
  return false;
}

function withBase64(entry: Attributed): object {
  const attributes = Object.entries(entry.MessageAttributes ?? {}).map(
    ([name, { BinaryValue, ...value }]) => [
      name,
      BinaryValue === undefined
        ? value
        : { ...value, BinaryValue: Buffer.from(BinaryValue).toString("base64") },
    ],
  );
  return { ...entry, MessageAttributes: Object.fromEntries(attributes) };
}

function restoreBytes({ MessageAttributes = {} }: Attributed): void {
  for (const value of Object.values(MessageAttributes)) {
    const base64 = value.BinaryValue as unknown;
    if (typeof base64 === "string") value.BinaryValue = Buffer.from(base64, "base64");
  }
}

/** The fields of a command with bodies. */
interface Carried {
  readonly Entries?: readonly SendMessageBatchRequestEntry[];
}
interface Answered extends Partial<Pick<SendMessageBatchResult, "Successful">> {
  readonly Messages?: readonly Message[];
}

/** Whether the checksums of SQS match the bodies. Always true for other commands. */
function isIntact(input: Carried, { Messages = [], Successful = [] }: Answered): boolean {
  if (!Messages.every(({ Body = "", MD5OfBody }) => MD5OfBody === md5(Body))) return false;
  if (Successful.length === 0 || input.Entries?.[0]?.MessageBody === undefined) return true;
  const bodies = new Map(input.Entries.map(({ Id, MessageBody = "" }) => [Id, MessageBody]));
  return Successful.every(({ Id, MD5OfMessageBody }) => MD5OfMessageBody === md5(bodies.get(Id) ?? ""));
}

function md5(body: string): string {
  return hash("md5", body);
}
