import { JobsError, type JobsErrorOptions } from "./jobs-error.ts";
import { readErrorText } from "./to-error.ts";

/** The broker and queue of an error. */
export interface BrokerTarget {
  /** The broker's kind: `sqlite`, `redis`, … */
  readonly broker: string;
  /** The queue's full name, if the error is about a queue. */
  readonly queue?: string | undefined;
  /** The role of the server, if it is not the broker: `results store`. */
  readonly role?: string | undefined;
}

/** The broker cannot be reached or did not answer in time. */
export class BrokerUnavailableError extends JobsError {
  readonly broker: string;
  readonly queue: string | undefined;
  /**
   * `true` when a send may have arrived although no answer came. Sending again with the same id is safe where the
   * broker dedupes.
   */
  readonly maybeSent: boolean;

  constructor(
    target: BrokerTarget,
    message: string,
    options: JobsErrorOptions & { readonly maybeSent?: boolean } = {},
  ) {
    super("broker_unavailable", `${at(target)}: ${message}`, { retryable: true, ...options });
    this.broker = target.broker;
    this.queue = target.queue;
    this.maybeSent = options.maybeSent ?? false;
  }
}

/** The queue must exist beforehand on this broker, and does not. */
export class QueueNotFoundError extends JobsError {
  readonly broker: string;
  readonly queue: string;

  constructor(
    target: BrokerTarget & { readonly queue: string },
    where?: string,
    options: JobsErrorOptions = {},
  ) {
    super("queue_not_found", `${at(target)} does not exist${where === undefined ? "" : ` in ${where}`}.`, {
      hint: "Create it first, or correct the queue prefix; jobs never creates queues on this broker.",
      ...options,
    });
    this.broker = target.broker;
    this.queue = target.queue;
  }
}

/** Missing or wrong credentials, or a missing permission. */
export class AccessDeniedError extends JobsError {
  readonly broker: string;
  readonly queue: string | undefined;

  constructor(target: BrokerTarget, message: string, options: JobsErrorOptions = {}) {
    super("access_denied", `${at(target)}: ${message}`, options);
    this.broker = target.broker;
    this.queue = target.queue;
  }
}

/** The broker declares that it cannot do this. It is refused, never silently ignored. */
export class UnsupportedError extends JobsError {
  readonly broker: string;
  readonly queue: string | undefined;
  /** The requested feature, in one word: `priority`, `peek`, `delay`. */
  readonly feature: string;

  constructor(target: BrokerTarget, feature: string, message: string, hint?: string) {
    super("unsupported", `${at(target)} ${message}.`, { hint });
    this.broker = target.broker;
    this.queue = target.queue;
    this.feature = feature;
  }
}

/** An answer that an adapter must not give. */
export interface WrongAnswer {
  /** The call that it answers: `send`, `coordination.claim`. */
  readonly call: string;
  /** As words that follow "must answer". */
  readonly expected: string;
  /** As words that follow "got". */
  readonly got: string;
}

/** An adapter or a store answered a call with something that its interface does not allow. Only a change of its code helps. */
export class InvalidAnswerError extends JobsError {
  readonly broker: string;
  readonly queue: string | undefined;
  /** The call with the wrong answer. */
  readonly call: string;
  /** `true` when the call was a send, which may have stored the job. */
  readonly maybeSent: boolean;

  constructor(
    target: BrokerTarget,
    { call, expected, got }: WrongAnswer,
    options: Pick<JobsErrorOptions, "cause"> & { readonly maybeSent?: boolean } = {},
  ) {
    super("invalid_answer", `${at(target)}: ${call} must answer ${expected}, got ${got}.`, {
      hint: "Correct the adapter; its tests against @jobs/broker-conformance show the rule.",
      ...options,
    });
    this.broker = target.broker;
    this.queue = target.queue;
    this.call = call;
    this.maybeSent = options.maybeSent ?? false;
  }
}

/** The lease ended, or another worker holds it now; nothing was changed. */
export class LeaseLostError extends JobsError {
  constructor(job: string) {
    super("lease_lost", `the lease of job ${job} was lost; another worker may have it, or be done with it.`, {
      hint: "Stop work that must not happen twice; raise the lease if handlers block the event loop for long.",
    });
  }
}

/** A stored message that is not an envelope. It becomes a dead letter with its original body. */
export class MalformedMessageError extends JobsError {
  constructor(message: string, options: JobsErrorOptions = {}) {
    super("malformed_message", message, options);
  }
}

/** A record of jobs, such as a result, was changed by another program. A retry does not help. */
export class UnreadableRecordError extends JobsError {
  /** `what` names it: `the kept result of job 17`. */
  constructor(what: string, options: JobsErrorOptions = {}) {
    super("unreadable_record", `${what} cannot be read: it does not have the form that jobs writes.`, {
      hint: "Another program wrote it, or it was edited by hand. Inspect it, then remove it.",
      ...options,
    });
  }
}

/**
 * The envelope's version is newer than this release can read. The job is held for a newer worker, then becomes a dead
 * letter.
 */
export class EnvelopeVersionError extends JobsError {
  /** The version found in the message. */
  readonly version: number;

  constructor(version: number, newestKnown: number) {
    super(
      "envelope_version",
      `envelope version ${version} is newer than ${newestKnown}, the newest this worker reads.`,
      {
        hint: "Deploy workers before producers.",
      },
    );
    this.version = version;
  }
}

function at(target: BrokerTarget): string {
  const { broker, queue, role = "broker" } = target;
  return queue === undefined ? `${broker} ${role}` : `${broker} queue "${queue}"`;
}

/** Node's codes for a server with an untrusted certificate; the last part matches OpenSSL's many codes. */
const UNTRUSTED = /^ERR_TLS_CERT|CERT|^UNABLE_TO_VERIFY/;

/** Whether this side refused a connection because of an untrusted certificate. A retry cannot succeed then. */
export function isUntrustedServer(error: unknown): boolean {
  return UNTRUSTED.test(readErrorText(error, "code") ?? "");
}
