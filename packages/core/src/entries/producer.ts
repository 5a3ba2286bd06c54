// For a package that only sends, and holds little of core: tasks of words and names, and the message of a job.

export { either, func, having, text, textOrEmpty } from "../options/option-rules.ts";
export {
  type JobDraft,
  type JobTarget,
  jobTarget,
  NO_OPTIONS,
  ONE_STEP,
  prepareJob,
  wantedDelay,
} from "../producer/prepare-job.ts";
export { makeTask } from "../task/make-task.ts";
export { signatureOfNames, signatureOfWords } from "../task/param-words.ts";
