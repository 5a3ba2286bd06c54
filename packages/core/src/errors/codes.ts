/**
 * Every code of a {@link JobsError}, with its sentence in the documentation. Codes are API: scripts and alerts match on
 * them, so a code is never renamed or reused. Texts are not API.
 */
export const ERROR_CODES = {
  invalid_config: "A setting, a task definition or an option cannot be used as it is written.",
  missing_handler: "A worker was asked to serve a queue whose task has no handler in this app.",
  duplicate_task: "Two tasks, or a task and an alias, carry the same name.",
  unknown_task: "The name is not one of the tasks this app declares.",
  signature_mismatch:
    "The parameters do not fit the task's signature: names missing, unexpected or of a wrong type.",
  flow_value_mismatch: "What a step of a flow returned does not fit the step that takes it.",
  not_json: "A parameter would be changed or lost by the trip through JSON.",
  payload_too_large: "The encoded job is larger than the broker accepts.",
  broker_unavailable: "The broker cannot be reached, or did not answer in time.",
  invalid_answer: "A broker or a store answered with something that its interface does not allow.",
  queue_not_found: "The queue must exist beforehand on this broker, and does not.",
  access_denied: "The broker refused the credentials or the permission.",
  unsupported: "The broker's declared capabilities forbid what was asked for.",
  lease_lost: "The lease of the job ended before it was settled; another worker may have it.",
  malformed_message: "A stored message is not a job envelope.",
  unreadable_record: "A kept result, or what processes share, is not what jobs writes there.",
  envelope_version: "The envelope was written by a newer release and cannot be read by this one.",
  job_timeout: "The handler ran longer than the task's timeout.",
  job_aborted: "The run was ended from outside: shutdown, cancellation or a lost lease.",
  handler_threw: "The handler, or code it started, threw.",
  fatal: "The handler said that running the job again is pointless.",
  retry_later: "The handler asked to be run again later; not a failure.",
} as const;

/** One of {@link ERROR_CODES}. */
export type ErrorCode = keyof typeof ERROR_CODES;
