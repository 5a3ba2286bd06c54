import { JobsError, type JobsErrorOptions } from "./jobs-error.ts";
import { readErrorText } from "./to-error.ts";

/** Which broker and queue an error is about. */
export interface BrokerPlace {
  /** The broker's kind: `sqlite`, `redis`, … */
  readonly broker: string;
  /** The queue's full name, where one is concerned. */
  readonly queue?: string | undefined;
}

/** The broker cannot be reached or did not answer in time. */
export class BrokerUnavailableError extends JobsError {
  readonly broker: string;
  readonly queue: string | undefined;
  /** `true` when a send may have arrived although no answer came: sending again with the same id is safe where the broker dedupes. */
  readonly maybeSent: boolean;

  constructor(
    place: BrokerPlace,
    message: string,
    options: JobsErrorOptions & { readonly maybeSent?: boolean } = {},
  ) {
    super("broker_unavailable", `${at(place)}: ${message}`, { retryable: true, ...options });
    this.broker = place.broker;
    this.queue = place.queue;
    this.maybeSent = options.maybeSent ?? false;
  }
}

/** The queue must exist beforehand on this broker, and does not. */
export class QueueNotFoundError extends JobsError {
  readonly broker: string;
  readonly queue: string;

  constructor(
    place: BrokerPlace & { readonly queue: string },
    where?: string,
    options: JobsErrorOptions = {},
  ) {
    super("queue_not_found", `${at(place)} does not exist${where === undefined ? "" : ` in ${where}`}.`, {
      hint: "Create it first, or correct the queue prefix; jobs never creates queues on this broker.",
      ...options,
    });
    this.broker = place.broker;
    this.queue = place.queue;
  }
}

/** Credentials missing, wrong, or without the permission. */
export class AccessDeniedError extends JobsError {
  readonly broker: string;
  readonly queue: string | undefined;

  constructor(place: BrokerPlace, message: string, options: JobsErrorOptions = {}) {
    super("access_denied", `${at(place)}: ${message}`, options);
    this.broker = place.broker;
    this.queue = place.queue;
  }
}

/** The broker has declared that it cannot do this. Refused, never silently ignored. */
export class UnsupportedError extends JobsError {
  readonly broker: string;
  readonly queue: string | undefined;
  /** What was asked for, in one word: `priority`, `peek`, `delay`. */
  readonly feature: string;

  constructor(place: BrokerPlace, feature: string, message: string, hint?: string) {
    super("unsupported", `${at(place)} ${message}.`, { hint });
    this.broker = place.broker;
    this.queue = place.queue;
    this.feature = feature;
  }
}

/** The lease ended, or another worker holds it by now; nothing was changed. */
export class LeaseLostError extends JobsError {
  constructor(job: string) {
    super("lease_lost", `the lease of job ${job} was lost; another worker may be running it.`, {
      hint: "Stop what cannot be done twice; raise the lease if handlers block the event loop for long.",
    });
  }
}

/** A stored message that is not an envelope: it becomes a dead letter with its raw bytes kept. */
export class MalformedMessageError extends JobsError {
  constructor(message: string, options: JobsErrorOptions = {}) {
    super("malformed_message", message, options);
  }
}

/** What jobs has written down beside the jobs, a result say, has been changed by somebody else. Trying again does not help. */
export class UnreadableRecordError extends JobsError {
  /** `what` names it: `the kept result of job 17`. */
  constructor(what: string, options: JobsErrorOptions = {}) {
    super("unreadable_record", `${what} cannot be read: it is not what jobs writes there.`, {
      hint: "Another program wrote it, or it was edited by hand. Look at it, then remove it.",
      ...options,
    });
  }
}

/** The envelope is of a newer version than this release reads: held for a newer worker, then a dead letter. */
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

function at(place: BrokerPlace): string {
  return place.queue === undefined ? `${place.broker} broker` : `${place.broker} queue "${place.queue}"`;
}

/** Node's codes for a server that cannot prove who it is; the last part covers OpenSSL's, which are many. */
const UNTRUSTED = /^ERR_TLS_CERT|CERT|^UNABLE_TO_VERIFY/;

/** Whether a connection was refused from here because the server's certificate is not trusted: waiting does not change that. */
export function isUntrustedServer(error: unknown): boolean {
  return UNTRUSTED.test(readErrorText(error, "code") ?? "");
}
