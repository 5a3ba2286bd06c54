import type { SoakOrders } from "./soak/soak-orders.ts";

/** What a worker of an experiment is told, as one argument of its process. */
export interface WorkerOrders {
  readonly broker: string;
  readonly address: string;
  readonly ledger: string;
  readonly concurrency: number;
  readonly leaseMs: number;
}

/** How far a worker has come, told to the supervisor once each: it asks for jobs; it has begun one. */
export type WorkerStage = "serving" | "at work";

/** What the producer of an experiment is told. */
export interface ProducerOrders {
  readonly broker: string;
  readonly address: string;
  readonly ledger: string;
  readonly jobs: number;
  /** In how many equal shares they are sent; the supervisor asks for each with a message. */
  readonly shares: number;
  /** Time over which a share is sent, in ms. */
  readonly shareMs: number;
  readonly seed: number;
}

/** Reads the orders of this process. */
export function readOrders<Orders extends WorkerOrders | ProducerOrders | SoakOrders>(): Orders {
  return JSON.parse(process.argv[2] ?? "") as Orders;
}
