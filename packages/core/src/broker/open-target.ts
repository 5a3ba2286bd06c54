import { type BrokerTarget, BrokerUnavailableError } from "../errors/broker-errors.ts";
import { isJobsError, type JobsError } from "../errors/jobs-error.ts";
import { toError } from "../errors/to-error.ts";

/** A broker, queue or consumer that takes calls until it is closed. What is opened on it closes with it. */
export class OpenTarget {
  readonly target: BrokerTarget;
  readonly #openedOn: OpenTarget | undefined;
  readonly #keepsErrors: boolean;
  #closing: Promise<void> | undefined;

  /** `keepsErrors`: what its calls throw is passed on as it is. */
  constructor(target: BrokerTarget, openedOn?: OpenTarget, { keepsErrors = false } = {}) {
    this.target = target;
    this.#openedOn = openedOn;
    this.#keepsErrors = keepsErrors;
  }

  /**
   * Runs one call of an adapter and converts its errors to a {@link JobsError} with broker and queue. `isSend`: it
   * may have stored something although it threw. `check` checks the answer for `asked` items without another
   * promise.
   * @throws BrokerUnavailableError, not to be repeated, once the target is closed
   */
  async run<T>(
    call: () => T | Promise<T>,
    isSend = false,
    check?: (answer: T, asked: number) => T,
    asked = 0,
  ): Promise<T> {
    if (this.#isClosed) throw this.#closedError();
    try {
      const answer = await call();
      return check === undefined ? answer : check(answer, asked);
    } catch (error) {
      throw this.#keepsErrors ? error : asJobsError(error, this.target, isSend);
    }
  }

  /** Runs a call that stores no message, and checks its answer. @throws as {@link run} does */
  ask<T>(call: () => T | Promise<T>, check: (answer: T, asked: number) => T, asked = 0): Promise<T> {
    return this.run(call, false, check, asked);
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
      throw this.#keepsErrors ? error : asJobsError(error, this.target, false);
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
