import type { RollingOrders } from "./rolling/rolling-orders.ts";
import type { SoakOrders } from "./soak/soak-orders.ts";

/** The settings of a worker process, as one argument in JSON. */
export interface WorkerOrders {
  readonly broker: string;
  readonly address: string;
  /** Counts all workers of a run, from 0. */
  readonly worker: number;
  readonly runLog: string;
  readonly concurrency: number;
  readonly leaseMs: number;
}

/** The stage of a worker, sent to the supervisor once each: it asks for jobs; it has begun one. */
export type WorkerStage = "serving" | "at work";

/** The settings of the producer process. */
export interface ProducerOrders {
  readonly broker: string;
  readonly address: string;
  readonly runLog: string;
  readonly jobs: number;
  /** In how many equal shares they are sent. The supervisor asks for each with a message, and may ask for more. */
  readonly shares: number;
  /** Time over which a share is sent, in ms. */
  readonly shareMs: number;
  readonly seed: number;
}

/** What the supervisor tells the producer, one after the other. */
export type ProducerOrder = "share" | "no more";

/** Reads the orders of this process. */
export function readOrders<
  Orders extends WorkerOrders | ProducerOrders | SoakOrders | RollingOrders,
>(): Orders {
  return JSON.parse(process.argv[2] ?? "") as Orders;
}
