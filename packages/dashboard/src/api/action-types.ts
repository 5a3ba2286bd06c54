// Changes that the page asks for, and the log of them.
import type { Schedule } from "@jobs/core";
import type { Possible } from "./api-types.ts";

/** What a person may do. Each names its target; the ids are those of jobs. */
export type Action =
  | { readonly action: "retry" | "remove"; readonly queue: string; readonly ids: readonly string[] }
  | {
      readonly action: "retryGroup" | "removeGroup";
      readonly queue: string;
      readonly reason?: string;
      readonly task?: string;
      readonly signature?: string;
      /** Only those that today's code accepts. */
      readonly onlyValid?: boolean;
    }
  | {
      /** Puts a dead letter back with other parameters, under its id. */
      readonly action: "editAndRetry";
      readonly queue: string;
      readonly id: string;
      readonly params: Readonly<Record<string, unknown>>;
    }
  | { readonly action: "cancel"; readonly id: string }
  | { readonly action: "pauseQueue" | "resumeQueue" | "purgeQueue"; readonly queue: string }
  | {
      readonly action: "runSchedule" | "pauseSchedule" | "resumeSchedule" | "removeSchedule";
      readonly schedule: string;
    }
  | {
      /** Changes when a schedule made at run time is due. Its task and parameters stay. */
      readonly action: "editSchedule";
      readonly schedule: string;
      readonly cadence: Schedule["cadence"];
    };

/** `POST actions`. */
export interface ActionAnswer {
  /** How many jobs, queues or schedules it changed. */
  readonly done: number;
  /** Those it could not change, with the reason; at most 100. */
  readonly refused: readonly { readonly id: string; readonly reason: string }[];
}

/** One line of the audit log. */
export interface AuditEntry {
  /** ms since 1970, by the dashboard's clock. */
  readonly at: number;
  /** The name of the token that acted, or `local`. */
  readonly who: string;
  readonly action: Action["action"];
  /** What it was done to, without parameters. */
  readonly target: string;
  readonly outcome: string;
}

/** `GET audit`, newest first. */
export interface AuditLog {
  readonly entries: Possible<readonly AuditEntry[]>;
}
