import type { WorkerReport } from "@jobs/core";
import type { AppProgram, WearReason } from "../host.ts";

/** What a worker process tells its host. */
export type ChildMessage =
  /** Its worker asks for jobs. */
  | { readonly type: "serving"; readonly worker: string; readonly graceMs: number }
  | { readonly type: "ready"; readonly isReady: boolean }
  | { readonly type: "worn"; readonly reason: WearReason }
  /** What its program measures; a host hands it on and reads no meaning into it. */
  | { readonly type: "measured"; readonly measured: unknown }
  /** The last message of a process. */
  | { readonly type: "report"; readonly report: WorkerReport };

/** What a host tells a process that runs a worker of an app: one message, the first. */
export type ChildOrders = Pick<AppProgram, "worker" | "recycle"> & {
  /** URL of the app's module. */
  readonly app: string;
};
