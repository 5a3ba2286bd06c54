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

  /**
   * Runs a call whose answer and errors are passed on as they are. It adds no promise, since there is one for each
   * job. @throws as {@link run} does
   */
  pass<T>(call: () => Promise<T>): Promise<T> {
    if (this.#isClosed) return Promise.reject(this.#closedError());
    try {
      return Promise.resolve(call());
    } catch (error) {
      return Promise.reject(error);
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

/** The answer for an item that was refused before the call. */
export interface Refused {
  readonly status: "failed";
  readonly error: JobsError;
}

/** Some items of a call, without those that were refused. */
export interface SplitItems<Item> {
  /** In their order. */
  readonly allowed: readonly Item[];
  /** The answers for all items: those for `allowed`, and the refusals in between. Answer i is for item i. */
  merge<Answer>(answers: readonly Answer[]): readonly (Answer | Refused)[];
}

/** What a check throws of one item, so that the other items go on. `undefined` where it throws nothing. */
export function refusalBy<Item, Against>(
  check: (item: Item, against: Against) => void,
  item: Item,
  against: Against,
): JobsError | undefined {
  try {
    check(item, against);
  } catch (error) {
    if (isJobsError(error)) return error;
    throw error;
  }
  return undefined;
}

/**
 * Separates refused items from the others. `undefined` where none is refused, as nearly always: then nothing has to
 * be merged.
 */
export function splitRefused<Item>(
  items: readonly Item[],
  refusalOf: (item: Item) => JobsError | undefined,
): SplitItems<Item> | undefined {
  let refusals: Map<number, Refused> | undefined;
  for (let index = 0; index < items.length; index++) {
    const error = refusalOf(items[index] as Item);
    if (error === undefined) continue;
    refusals ??= new Map();
    refusals.set(index, { status: "failed", error });
  }
  return refusals === undefined ? undefined : splitBy(items, refusals);
}

/** A call for a list of items, with its refusals and the check of its answers. */
export interface EachCall<Item, Answer> {
  /** The error of an item that is not passed on. */
  refusalOf(item: Item): JobsError | undefined;
  call(allowed: readonly Item[]): Promise<readonly Answer[]>;
  /** Checks the answers for `count` items before they are merged with refusals. The caller checks those of all items. */
  check(answers: readonly Answer[], count: number): readonly Answer[];
}

/**
 * Runs a call for the items that are not refused, so that a bad item never stops the others. Without valid items there
 * is no call.
 */
export function answerEach<Item, Answer>(
  items: readonly Item[],
  { refusalOf, call, check }: EachCall<Item, Answer>,
): Promise<readonly (Answer | Refused)[]> {
  const split = splitRefused(items, refusalOf);
  if (split !== undefined) return answerSplit(split, call, check);
  return items.length === 0 ? Promise.resolve([]) : call(items);
}

async function answerSplit<Item, Answer>(
  { allowed, merge }: SplitItems<Item>,
  call: EachCall<Item, Answer>["call"],
  check: EachCall<Item, Answer>["check"],
): Promise<readonly (Answer | Refused)[]> {
  return merge(allowed.length === 0 ? [] : check(await call(allowed), allowed.length));
}

function splitBy<Item>(items: readonly Item[], refusals: ReadonlyMap<number, Refused>): SplitItems<Item> {
  return {
    allowed: items.filter((_, index) => !refusals.has(index)),
    merge<Answer>(answers: readonly Answer[]) {
      const next = answers.values();
      return items.map((_, index) => refusals.get(index) ?? (next.next().value as Answer));
    },
  };
}
