import type { ErrorCode } from "@jobs/core";

/** Every status this command ends with. They are API: scripts and supervisors act on them. */
export const EXIT = {
  /** Done; also a drained worker after SIGTERM. */
  ok: 0,
  /** The answer is "no": a threshold was exceeded, a job failed, or no item was found. */
  no: 1,
  /** The command line itself is wrong. */
  usage: 2,
  /** The broker has declared that it cannot do this. */
  unsupported: 64,
  /** Task, parameters or lines of a batch were refused. */
  refused: 65,
  /** Broker or store cannot be reached. */
  unavailable: 69,
  /**
   * One of four causes. This command has a bug. A worker must be replaced, after stuck handlers or an uncaught
   * exception. The app's code has ended the process. The answer could not be written to stdout.
   */
  internal: 70,
  /** Time is up; what was not finished was handed back. */
  timedOut: 75,
  /** Credentials or permissions. */
  denied: 77,
  /** Configuration, environment, or a queue that must exist and does not. */
  config: 78,
  /** Interrupted: by the second signal, and where work is left by the first. */
  forced: 130,
} as const;

/** One of {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The status for each error code of core. */
export const EXIT_OF_ERROR: Readonly<Record<ErrorCode, ExitCode>> = {
  invalid_config: EXIT.config,
  missing_handler: EXIT.config,
  duplicate_task: EXIT.config,
  queue_not_found: EXIT.config,
  unknown_task: EXIT.refused,
  signature_mismatch: EXIT.refused,
  flow_value_mismatch: EXIT.refused,
  not_json: EXIT.refused,
  payload_too_large: EXIT.refused,
  malformed_message: EXIT.refused,
  unreadable_record: EXIT.refused,
  envelope_version: EXIT.refused,
  unsupported: EXIT.unsupported,
  broker_unavailable: EXIT.unavailable,
  invalid_answer: EXIT.internal,
  access_denied: EXIT.denied,
  lease_lost: EXIT.no,
  job_timeout: EXIT.no,
  job_aborted: EXIT.no,
  handler_threw: EXIT.no,
  fatal: EXIT.no,
  not_committed: EXIT.no,
  retry_later: EXIT.no,
};
