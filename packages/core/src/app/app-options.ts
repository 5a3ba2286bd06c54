import type { Broker } from "../broker/broker.ts";
import type { ConfigLayer } from "../config/config-layer.ts";
import type { Routes } from "../config/route-task.ts";
import type { Middleware, TaskExecutor } from "../job/executor.ts";
import type { BoundHandler } from "../job/handler.ts";
import type { Observer } from "../job/lifecycle.ts";
import type { OnError } from "../job/on-error.ts";
import type { ResultStore } from "../results/result-store.ts";
import type { RuntimeParts } from "../runtime/runtime.ts";
import type { Schedule } from "../schedule/schedule.ts";
import type { Task } from "../task/task.ts";
import type { WorkerOptions } from "../worker/worker.ts";

/** What an application says about itself. Settings given here are the weakest but for the defaults. */
export interface AppOptions<Tasks extends readonly Task[]> {
  /** The contracts this app knows. */
  readonly tasks: Tasks;
  /** What runs them; left out in a producer. Lists of `handle(…)`, nested as they come. */
  readonly handlers?: readonly (BoundHandler | readonly BoundHandler[])[];
  /** Left out where flags, environment or a configuration file supply it. */
  readonly broker?: Broker;
  /** Where results are kept. Default: nowhere. */
  readonly results?: ResultStore;
  /**
   * Says that all producers and workers run on this machine, so that results may lie on it alone although the broker is
   * on a network. Default false: then such a store is warned of, and its marks are not used.
   */
  readonly allowLocalResults?: boolean;
  /** Jobs that are due again and again; this app's workers see to them. */
  readonly schedules?: readonly Schedule[];
  /** Put before every queue name on the broker. */
  readonly queuePrefix?: string;
  /** Version of the application, shown by `jobs workers`. Default: none. */
  readonly release?: string;
  /** Queue to which producers and workers report what happens, for `jobs monitor`. Default: none, nothing is reported. */
  readonly monitor?: string;
  /** Whether an enqueue is answered only when the monitor's queue has its event: slower, and nothing is missed. Default false. */
  readonly monitorStrict?: boolean;
  /**
   * Queues of the application, also those that it only sends to, for `app.queues`. A task that names no queue goes to the
   * one of the first dotted part of its name, `export.shp` to `export`, where it is among them and no route fits. Default none.
   */
  readonly queues?: readonly string[];
  /** Queues by patterns of task names, `{ "export.*": "export" }`, for tasks that name no queue themselves; the first that fits counts. */
  readonly routes?: Routes;
  /** Settings of this app's workers. */
  readonly worker?: Omit<WorkerOptions, "until" | "ownsProcess" | "identity">;
  /** Wraps every run. */
  readonly executor?: TaskExecutor;
  /** Plain middleware around every run, the first outermost, inside the executor. */
  readonly around?: readonly Middleware[];
  /** Looks at everything that happens. */
  readonly observers?: readonly Observer[];
  /**
   * Hears of errors that people should know, each once: failed runs, dead letters, code outside any job, outages of broker,
   * stores and monitor, hooks and observers that threw. Default: none, they are only logged.
   */
  readonly onError?: OnError;
  /** Replaces clock, randomness, ids or logger. */
  readonly runtime?: RuntimeParts;
  /** Sources of settings stronger than these options, see `environmentLayer`. Default: none; the CLI adds its own. */
  readonly settings?: readonly ConfigLayer[];
}
