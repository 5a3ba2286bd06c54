import type { SQS } from "@aws-sdk/client-sqs";
import { ConfigError } from "@jobs/core";
import { CALL_TIMEOUT_MS } from "@jobs/core/broker";
import { endOf, installCommand, keepAliveClock, systemClock, withDeadline } from "@jobs/core/runtime";
import { DirectTransport } from "../direct/direct-transport.ts";
import { refuseUnreadable } from "./check-answer.ts";
import { type ClientOptions, chooseTransport, clientConfig, exchangeStyle } from "./client-options.ts";
import { RequestCounter } from "./request-counter.ts";
import { KIND, sqsFault } from "./sqs-fault.ts";

/** How long a close waits for requests in flight, in ms. */
const LAST_ANSWERS_MS = 5_000;

/** One request. */
export interface SqsRequest<Answer> {
  /** Full name of its queue. */
  readonly queue: string;
  readonly isSend?: boolean;
  /** Longest time until its answer, in ms. Default: as a call of core. */
  readonly withinMs?: number;
  run(client: SQS): Promise<Answer>;
}

/** The address of a request. */
interface Address {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number | undefined;
}

/** The connection to SQS: one client for all queues of a broker. The first request makes it. */
export class SqsLink {
  readonly requests = new RequestCounter();
  readonly #options: ClientOptions;
  readonly #inFlight = new Set<Promise<unknown>>();
  #client: Promise<SQS> | undefined;
  #serverTimeMs = 0;
  /** The SDK may find it in the environment, and tells it in its requests only. */
  #lastEndpoint: Address | undefined;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /**
   * A lower bound of SQS's time, in ms since 1970: the latest `Date` of its answers, exact to a second. Due times use
   * it, so that clocks of producers and workers do not matter.
   */
  get serverTimeMs(): number {
    return this.#serverTimeMs;
  }

  /** Sends a request. @throws JobsError for every failure. */
  async call<Answer>({
    queue,
    isSend = false,
    withinMs = CALL_TIMEOUT_MS,
    run,
  }: SqsRequest<Answer>): Promise<Answer> {
    const startedAt = systemClock.monotonic();
    try {
      const client = await this.#connect();
      const answer = this.#watch(run(client));
      return await withDeadline(
        systemClock,
        withinMs,
        answer,
        () => new Error(`no answer within ${withinMs} ms`),
      );
    } catch (error) {
      const waitedMs = systemClock.monotonic() - startedAt;
      throw sqsFault(error, { broker: KIND, queue, isSend, where: await this.#where(), waitedMs });
    }
  }

  /** Waits for requests in flight for a limited time: cutting a poll would hide its messages. */
  async close(): Promise<void> {
    const client = this.#client;
    if (client === undefined) return;
    await endOf(keepAliveClock, LAST_ANSWERS_MS, Promise.allSettled(this.#inFlight));
    await client.then(
      (open) => open.destroy(),
      () => {},
    );
  }

  #connect(): Promise<SQS> {
    this.#client ??= createClient(this.#options).then((client) => this.#readClock(client));
    return this.#client;
  }

  #readClock(client: SQS): SQS {
    client.middlewareStack.add(
      (next, { commandName = "" }) =>
        async (step) => {
          const answer = await this.#counted(commandName, step.input, () => next(step));
          const { headers = {} } = answer.response as { readonly headers?: Record<string, string> };
          const date = Date.parse(headers.date ?? "");
          if (date > this.#serverTimeMs) this.#serverTimeMs = date;
          return answer;
        },
      { step: "initialize", name: "readServerTime", priority: "high" },
    );
    client.middlewareStack.add(
      (next) => (step) => {
        this.#lastEndpoint = step.request as Address;
        return next(step);
      },
      { step: "build", name: "readEndpoint" },
    );
    return client;
  }

  async #counted<Answer extends { readonly output: object }>(
    command: string,
    input: object,
    send: () => Promise<Answer>,
  ): Promise<Answer> {
    let output: object | undefined;
    try {
      const answer = await send();
      output = answer.output;
      return answer;
    } finally {
      this.requests.add(command, input, output);
    }
  }

  async #watch<Answer>(request: Promise<Answer>): Promise<Answer> {
    this.#inFlight.add(request);
    try {
      return await request;
    } finally {
      this.#inFlight.delete(request);
    }
  }

  /** The endpoint of the options, else of the last request; without user and password. */
  async #endpoint(): Promise<string> {
    const found = (await (await this.#client)?.config.endpoint?.()) ?? this.#lastEndpoint;
    if (found === undefined) return "";
    const { protocol, hostname, port } = found;
    return ` at ${protocol}//${hostname}${port === undefined ? "" : `:${port}`}`;
  }

  async #where(): Promise<string> {
    try {
      const region = (await this.#client)?.config.region;
      return `region ${(await region?.()) ?? "unknown"}${await this.#endpoint()}`;
    } catch {
      return "no region";
    }
  }
}

/** The SDK's variable to hide its warning about Node versions, which a command would print before its output. */
const QUIET = "AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED";

/** Makes a client. The first one loads the SDK. @throws ConfigError when it is not installed. */
async function createClient(options: ClientOptions): Promise<SQS> {
  process.env[QUIET] ??= "true";
  const { SQS } = await loadSdk();
  const style = exchangeStyle();
  const client = new SQS(clientConfig(options, style));
  // This middleware copies each request and answer for a log that is not used.
  if (options.client?.logger === undefined) client.middlewareStack.remove("loggerMiddleware");
  refuseUnreadable(client);
  if (chooseTransport(options.transport, options.client) === "direct")
    new DirectTransport(client, style).install();
  return client;
}

async function loadSdk(): Promise<Pick<typeof import("@aws-sdk/client-sqs"), "SQS">> {
  try {
    return await import("@aws-sdk/client-sqs");
  } catch (error) {
    throw new ConfigError("the sqs broker needs the package @aws-sdk/client-sqs, which cannot be loaded.", {
      hint: `Install it beside @jobs/adapter-sqs: ${installCommand("@aws-sdk/client-sqs")}`,
      cause: error,
    });
  }
}
