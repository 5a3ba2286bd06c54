export { type HandlerMethod, Handles } from "./handles.ts";
export { JOBS_APP, JobsProducer } from "./injected.ts";
export {
  type JobsAppSource,
  JobsModule,
  type JobsModuleAsyncOptions,
  type JobsModuleOptions,
  type JobsModuleSettings,
} from "./jobs-module.ts";
export { JobsWorker } from "./jobs-worker.ts";
