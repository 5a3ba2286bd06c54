import { BrokerUnavailableError } from "../errors/broker-errors.ts";
import { isJobsError, type JobsError } from "../errors/jobs-error.ts";
import { toError } from "../errors/to-error.ts";

/** The target of a call: a queue or the broker. */
export interface CallPlace {
  readonly broker: string;
  readonly queue?: string;
}

/** A broker, queue or consumer that takes calls until it is closed. What is opened on it closes with it. */
export class CallTarget {
  readonly place: CallPlace;
  readonly #openedOn: CallTarget | undefined;
  #closing: Promise<void> | undefined;

  constructor(place: CallPlace, openedOn?: CallTarget) {
    this.place = place;
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
      throw asJobsError(error, this.place, isSend);
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
      throw asJobsError(error, this.place, false);
    }
  }

  #closedError(): JobsError {
    return new BrokerUnavailableError(this.place, "it is closed.", {
      retryable: false,
      hint: "Open the queue again, or do not close the broker before its last call.",
    });
  }
}

/** Converts an error; one of this project stays unchanged. */
function asJobsError(error: unknown, place: CallPlace, maybeSent: boolean): JobsError {
  if (isJobsError(error)) return error;
  const cause = toError(error);
  return new BrokerUnavailableError(place, cause.message, { cause, maybeSent });
}
