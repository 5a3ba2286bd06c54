import { BrokerUnavailableError, isJobsError, type JobsError } from "@jobs/core";
import { CALL_TIMEOUT_MS, connectionCause } from "@jobs/core/broker";
import { isError, keepAliveClock, systemClock } from "@jobs/core/runtime";
import { runScript, type Script } from "../scripts/script.ts";
import {
  addressOf,
  type ConnectionOptions,
  createClient,
  type RedisClient,
  SILENCE_MS,
} from "./connection-options.ts";
import { answerOf, isNobodyThere } from "./redis-answer.ts";
import { type Circumstances, isLastingRefusal, KIND, redisFault, refusedDatabase } from "./redis-fault.ts";

/** A call to Redis. */
export interface LinkCall<T> {
  /** Named in errors. */
  readonly queue?: string | undefined;
  /** Its time limit in ms, including the time to connect. Default {@link CALL_TIMEOUT_MS}. */
  readonly withinMs?: number | undefined;
  run(client: RedisClient): Promise<T>;
}

/** What a connection is for. */
export interface LinkUse {
  /** For Redis's list of clients. Default: none. */
  readonly clientName?: string | undefined;
  /** The role of the server in errors. Default: it is the broker. */
  readonly role?: string;
  /** Whether even the first call waits for a server that refuses the connection. Default no. */
  readonly waitsForServer?: boolean;
}

/** One connection to Redis. The first call opens it, it reconnects automatically, and every wait has a limit. */
export class RedisLink {
  readonly #options: ConnectionOptions;
  readonly #use: LinkUse;
  readonly #address: string;
  /** Whether it was ready once: a server that was there is expected to come back. */
  #wasReady = false;
  #client: Promise<RedisClient> | undefined;
  #ready: Promise<RedisClient> | undefined;
  /** The last client that was ready; it may have lost its connection since. */
  #standing: RedisClient | undefined;
  /** The client in use. */
  #current: RedisClient | undefined;
  /** Since when the connection is missing, on the monotonic clock. */
  #downSince: number | undefined;
  #lastError: unknown;
  #isClosed = false;

  constructor(options: ConnectionOptions, use: LinkUse = {}) {
    this.#options = options;
    this.#use = use;
    this.#address = addressOf(options);
  }

  /** How long the connection has been missing, in ms. */
  get downMs(): number {
    return this.#downSince === undefined ? 0 : systemClock.monotonic() - this.#downSince;
  }

  /** What is left of a call's time limit. A connection that has been missing for as long is not waited for. */
  leftOf(timeoutMs: number): number {
    return timeoutMs - Math.min(timeoutMs, this.downMs);
  }

  /**
   * The answer of a call. On a ready connection it is written in this turn of the event loop. So Redis works while
   * the caller prepares the next call.
   * @throws BrokerUnavailableError without an answer in time, or for an error of Redis.
   * @throws AccessDeniedError for refused credentials; ConfigError for a missing database or driver.
   */
  call<T>({ queue, withinMs = CALL_TIMEOUT_MS, run }: LinkCall<T>): Promise<T> {
    if (withinMs <= 0) return Promise.reject(this.#missing(queue));
    return new Promise((resolve, reject) => {
      let sentAt: number | undefined;
      let isRefused = false;
      const fail = (error: unknown, waitedMs?: number) => {
        isRefused = true;
        cancel();
        // An error of Redis means that it was not done; so does a command that was never written.
        const maybeDone = sentAt !== undefined && answerOf(error) === undefined && !isUnwritten(error);
        reject(this.#fault(error, { queue, maybeDone, waitedMs }));
      };
      const succeed = (answer: T) => {
        cancel();
        resolve(answer);
      };
      const send = (client: RedisClient) => {
        // Its caller has been told that nothing was sent, and may have sent it again.
        if (isRefused) return;
        sentAt = systemClock.monotonic();
        run(client).then(succeed, (error) => fail(error));
      };
      const late = () => {
        if (sentAt !== undefined) this.#mistrust(sentAt);
        fail(this.#lastError ?? new Error("no answer in time"), withinMs);
      };
      const cancel = keepAliveClock.schedule(withinMs, late);
      if (this.#standing?.status === "ready") send(this.#standing);
      else
        this.#whenReady()
          .then(send)
          .catch((error) => fail(error));
    });
  }

  /** The answer of a script. @throws as {@link call} */
  script(
    script: Script,
    { keys, name, withinMs }: ScriptTarget,
    args: readonly (string | number)[],
  ): Promise<unknown> {
    const all = this.#options.cluster === undefined ? keys : withAbsentKey(keys);
    return this.call({ queue: name, withinMs, run: (client) => runScript(client, script, all, args) });
  }

  /** Ends the connection at once, in any state. */
  close(): void {
    this.#isClosed = true;
    this.#standing = undefined;
    this.#client?.then((client) => client.disconnect()).catch(() => {});
  }

  /** The error of one command of several: the answers to the others stand. */
  refusal(error: unknown, queue: string): JobsError {
    return this.#fault(error, { queue, maybeDone: false });
  }

  /** Fails without waiting. While the connection is missing for long, waiting calls would only accumulate. */
  #missing(queue: string | undefined): JobsError {
    const reason = this.#lastError ?? new Error("the connection is missing");
    return this.#fault(reason, { queue, maybeDone: false, waitedMs: this.downMs });
  }

  #fault(error: unknown, call: Pick<Circumstances, "queue" | "maybeDone" | "waitedMs">): JobsError {
    return redisFault(error, {
      broker: KIND,
      role: this.#use.role,
      address: this.#address,
      isCluster: this.#options.cluster !== undefined,
      ...call,
    });
  }

  /** Whether a call should fail with this error at once, instead of waiting for later attempts. */
  #endsWait(error: unknown): boolean {
    if (isLastingRefusal(error)) return true;
    if (this.#wasReady || this.#use.waitsForServer === true) return false;
    return connectionCause(error).isRefused || isNobodyThere(error);
  }

  /**
   * Ends a connection that has not answered for long. Answers come in the order of the calls: after a missing answer
   * no other comes. The driver's own timer is not used. It would end the connection when a handler blocked the event
   * loop and the answer was not read yet.
   */
  #mistrust(sentAt: number): void {
    if (systemClock.monotonic() - sentAt < SILENCE_MS) return;
    if (this.#standing?.status === "ready") this.#standing.disconnect(true);
  }

  #closedError(): JobsError {
    const target = { broker: KIND, role: this.#use.role };
    return new BrokerUnavailableError(target, "it is closed.", {
      retryable: false,
      hint: "Close the app after its last call.",
    });
  }

  /** All waiting calls share one promise, so that many cost little. */
  #whenReady(): Promise<RedisClient> {
    if (this.#isClosed) return Promise.reject(this.#closedError());
    this.#ready ??= this.#connect().catch((error) => {
      this.#ready = undefined;
      throw error;
    });
    return this.#ready;
  }

  async #connect(): Promise<RedisClient> {
    this.#client ??= this.#create();
    let client = await this.#client;
    // One of the driver's options may make it give up: another client then replaces it.
    if (client.status === "end" && !this.#isClosed) {
      this.#client = this.#create();
      client = await this.#client;
    }
    if (client.status === "wait") client.connect().catch(() => {});
    if (client.status !== "ready") await this.#becomesReady(client);
    this.#standing = client;
    return client;
  }

  async #create(): Promise<RedisClient> {
    const client = await createClient(this.#options, this.#use.clientName);
    this.#downSince = systemClock.monotonic();
    this.#current = client;
    client.on("ready", () => {
      if (client !== this.#current) return;
      this.#wasReady = true;
      this.#downSince = undefined;
      this.#lastError = undefined;
    });
    client.on("close", () => {
      // A server that closes a connection at once need not cause an error.
      if (client === this.#current && this.#downSince !== undefined) this.#lastError ??= CUT;
      // Calls that already wait for it continue to wait after failed attempts.
      if (client !== this.#current || this.#downSince !== undefined) return;
      this.#ready = undefined;
      this.#downSince = systemClock.monotonic();
    });
    // The calls get the error; an event without a listener would end the process.
    client.on("error", (error: unknown) => {
      if (client !== this.#current) return;
      const isUseless = refusedDatabase(error) !== undefined;
      this.#lastError = isUseless ? this.#fault(error, { maybeDone: false }) : error;
      if (isUseless) this.#abandon(client);
    });
    if (this.#isClosed) client.disconnect();
    return client;
  }

  /** A client with another database must not be used; the next call makes a new one. */
  #abandon(client: RedisClient): void {
    this.#current = undefined;
    this.#standing = undefined;
    this.#client = undefined;
    this.#ready = undefined;
    this.#downSince ??= systemClock.monotonic();
    client.disconnect();
  }

  #becomesReady(client: RedisClient): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (error?: unknown) => {
        const reason = error === undefined ? undefined : this.#lastError;
        if (error !== undefined && !isJobsError(reason) && !this.#endsWait(error)) return;
        client.off("ready", settle).off("error", settle).off("end", ended);
        if (error === undefined) resolve();
        else reject(reason);
      };
      const ended = () => {
        client.off("ready", settle).off("error", settle);
        reject(this.#lastError ?? new Error("the connection has ended"));
      };
      client.on("ready", settle).on("error", settle).once("end", ended);
    });
  }
}

/** The target of a script. */
export interface ScriptTarget {
  /** The queue, if it is one. */
  readonly name?: string;
  readonly withinMs?: number | undefined;
  /** The keys that select the node of a cluster. */
  readonly keys: readonly string[];
}

/**
 * Adds a key that never exists, in the slot of the first one. While a cluster moves a slot, it refuses a script whose
 * keys are not all there. It would run another one, and fail it at the first key that the script does not name: then
 * half of its work is done.
 */
function withAbsentKey(keys: readonly string[]): readonly string[] {
  const [first = ""] = keys;
  // A key without a part in braces is in a slot of its own.
  return /^[^{]*\{[^}]+\}/.test(first) ? [...keys, `${first}:absent`] : keys;
}

/** The error of a connection that the server has closed without one. */
const CUT = Object.assign(new Error("the connection was closed"), { code: "ECONNRESET" });

/** Whether ioredis refused a command because there is no connection. */
function isUnwritten(error: unknown): boolean {
  return isError(error) && /^Stream isn't writeable|^Cluster isn't ready/.test(error.message);
}
