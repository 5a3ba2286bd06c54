import type { App } from "@jobs/core";

/**
 * Token of the whole app, for what the producer has not: statistics, pauses, schedules.
 * @example constructor(@Inject(JOBS_APP) private readonly app: App) {}
 */
export const JOBS_APP: unique symbol = Symbol.for("@jobs/nestjs/app");

/** Token of what the user gave to the module. */
export const SETTINGS: unique symbol = Symbol.for("@jobs/nestjs/settings");

/** Token of the handlers that were found before any provider was made. */
export const HANDLERS: unique symbol = Symbol.for("@jobs/nestjs/handlers");

/**
 * Enqueues jobs, typed by their contracts. It is the app itself, seen as a producer. As a class it is also the token:
 * inject it by its type, and override it in a test by a mock.
 */
export abstract class JobsProducer
  implements Pick<App, "enqueue" | "enqueueMany" | "start" | "cancel" | "result">
{
  /** Checks and stores one job. See `App.enqueue`. */
  abstract readonly enqueue: App["enqueue"];
  /** Sends many with few round trips. See `App.enqueueMany`. */
  abstract readonly enqueueMany: App["enqueueMany"];
  /** Starts a flow. See `App.start`. */
  abstract readonly start: App["start"];
  /** Cancels a job or a flow by its id. See `App.cancel`. */
  abstract readonly cancel: App["cancel"];
  /** The result of a job. See `App.result`. */
  abstract readonly result: App["result"];
}
