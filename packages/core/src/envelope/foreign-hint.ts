/** Bodies of other systems that turn up in queues, told by the fields only they have. */
const FOREIGN = [
  {
    fields: ["Type", "Message", "TopicArn"],
    hint: "This is an SNS notification: switch on raw message delivery.",
  },
  {
    fields: ["task_name", "task_payload"],
    hint: "This is a simple-worker job: run the worker with --codec simple-worker.",
  },
  {
    fields: ["body", "content-encoding", "properties"],
    hint: "This is a Celery job: send to a queue of its own.",
  },
  { fields: ["task", "args", "kwargs"], hint: "This is a Celery job: send to a queue of its own." },
  { fields: ["Records"], hint: "This is an event notification of AWS: send to a queue of its own." },
] as const;

/** What a foreign body most likely is and what to do about it. */
export function foreignHint(fields: Readonly<Record<string, unknown>>): string | undefined {
  return FOREIGN.find((system) => system.fields.every((field) => Object.hasOwn(fields, field)))?.hint;
}
