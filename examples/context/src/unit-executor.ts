import { AsyncLocalStorage } from "node:async_hooks";
import { type JobContext, type Next, TaskExecutor } from "@jobs/core";
import type { UnitOfWork, Warehouse } from "./warehouse.ts";

const units = new AsyncLocalStorage<UnitOfWork>();

/** The unit of work of the running job, for code at any depth below its handler. @throws Error outside of a job. */
export function currentUnit(): UnitOfWork {
  const unit = units.getStore();
  if (unit === undefined) throw new Error("there is no unit of work: this code runs inside a job only.");
  return unit;
}

/** Called at each step of a context. */
export type ContextListener = (step: "open" | "commit" | "close", job: JobContext) => void;

/** Runs every job inside a unit of work of the shop that its header names. */
export class UnitExecutor extends TaskExecutor {
  readonly #warehouse: Warehouse;
  readonly #listen: ContextListener;

  constructor(warehouse: Warehouse, listen: ContextListener = () => {}) {
    super();
    this.#warehouse = warehouse;
    this.#listen = listen;
  }

  // #region context
  override async context(job: JobContext, next: Next): Promise<unknown> {
    const unit = this.#warehouse.open(job.headers.shop ?? "nobody");
    this.#listen("open", job);
    try {
      const result = await units.run(unit, next);
      unit.commit();
      this.#listen("commit", job);
      return result;
    } finally {
      unit.close();
      this.#listen("close", job);
    }
  }
  // #endregion context
}
