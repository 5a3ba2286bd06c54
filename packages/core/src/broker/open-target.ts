import { type BrokerTarget, BrokerUnavailableError } from "../errors/broker-errors.ts";
import { isJobsError, type JobsError } from "../errors/jobs-error.ts";
import { toError } from "../errors/to-error.ts";

/** A broker, queue or consumer that takes calls until it is closed. What is opened on it closes with it. */
export class OpenTarget {
  readonly target: BrokerTarget;
  readonly #openedOn: OpenTarget | undefined;
  #closing: Promise<void> | undefined;

  constructor(target: BrokerTarget, openedOn?: OpenTarget) {
    this.target = target;
    this.#openedOn = openedOn;
  }

  /**
   * Runs one call of an adapter and converts its errors to a {@link JobsError} with broker and queue. `isSend`: it may
   * have stored something although it threw.
   * @throws BrokerUnavailableError, not to be repeated, once the target is closed
   */
  async run<T>(call: () => T | Promise<T>, isSend = false): Promise<T> {
    if (this.#isClosed) throw this.#closedError();
    try {
      return await call();
    } catch (error) {
      throw asJobsError(error, this.target, isSend);
    }
  }

  /** Refuses all calls from now on, and runs `close` once, however often it is asked for. */
  close(close: () => Promise<void>): Promise<void> {
    this.#closing ??= this.#runClose(close);
    return this.#closing;
  }

  get #isClosed(): boolean {
    if (this.#closing !== undefined) return true;
    return this.#openedOn === undefined ? false : this.#openedOn.#isClosed;
  }

  async #runClose(close: () => Promise<void>): Promise<void> {
    try {
      await close();
    } catch (error) {
      throw asJobsError(error, this.target, false);
    }
  }

  #closedError(): JobsError {
    return new BrokerUnavailableError(this.target, "it is closed.", {
      retryable: false,
      hint: "Open the queue again, or do not close the broker before its last call.",
    });
  }
}

/** Converts an error; one of this project stays unchanged. */
function asJobsError(error: unknown, target: BrokerTarget, maybeSent: boolean): JobsError {
  if (isJobsError(error)) return error;
  const cause = toError(error);
  return new BrokerUnavailableError(target, cause.message, { cause, maybeSent });
}
