import type { WorkerReport } from "@jobs/core";
import type { AppProgram, RecycleReason } from "../host.ts";

/** Exit code for a process that ended with 0 before its worker did. */
export const EXIT_INTERNAL = 70;

/** A message of a worker process to its host. */
export type ChildMessage =
  /** Its worker receives jobs. */
  | { readonly type: "serving"; readonly worker: string; readonly graceMs: number }
  | { readonly type: "ready"; readonly isReady: boolean }
  | { readonly type: "limit"; readonly reason: RecycleReason }
  /** A measurement of its program. The host passes it on unchanged. */
  | { readonly type: "measured"; readonly measured: unknown }
  /** The last message of a process. */
  | { readonly type: "report"; readonly report: WorkerReport };

/** The first and only message of a host to a process that runs a worker of an app. */
export type ChildOrders = Pick<AppProgram, "worker" | "recycle"> & {
  /** URL of the app's module. */
  readonly app: string;
};
