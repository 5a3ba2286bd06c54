/**
 * Every code of a {@link JobsError}, with its sentence in the documentation. Codes are API: scripts and alerts match on
 * them, so a code is never renamed or reused. Texts are not API.
 */
export const ERROR_CODES = {
  invalid_config: "A setting, a task definition or an option cannot be used as it is written.",
  missing_handler: "A worker should serve a queue, but this app has no handler for one of its tasks.",
  duplicate_task: "Two tasks, or a task and an alias, have the same name.",
  unknown_task: "The name is not one of the tasks this app declares.",
  signature_mismatch:
    "The parameters do not fit the task's signature: names missing, unexpected or of a wrong type.",
  flow_value_mismatch: "A step of a flow returned a value that does not fit the step that takes it.",
  not_json: "JSON would change or lose a parameter.",
  payload_too_large: "The encoded job is larger than the broker accepts.",
  broker_unavailable: "The broker cannot be reached, or did not answer in time.",
  invalid_answer: "A broker or a store answered with something that its interface does not allow.",
  queue_not_found: "The queue does not exist, and this broker creates no queues.",
  access_denied: "The broker refused the credentials or the permission.",
  unsupported: "The broker declares that it cannot do this.",
  lease_lost: "The lease of the job ended before it was settled; another worker may have it.",
  malformed_message: "A stored message is not a job envelope.",
  unreadable_record: "A stored result or a shared record does not have the form that jobs writes.",
  envelope_version: "A newer release wrote the envelope, and this one cannot read it.",
  job_timeout: "The handler ran longer than the task's timeout.",
  job_aborted: "A shutdown, a cancellation or a lost lease ended the run.",
  handler_threw: "The handler, or code it started, threw.",
  not_committed: "The handler returned, but the transaction that completes its job was not committed.",
  fatal: "The handler said that the job can never succeed.",
  retry_later: "The handler asked for a later run; this is not a failure.",
} as const;

/** One of {@link ERROR_CODES}. */
export type ErrorCode = keyof typeof ERROR_CODES;
