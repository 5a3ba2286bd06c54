import { type ChildProcess, fork } from "node:child_process";
import type { ProducerOrders, WorkerOrders } from "./process-orders.ts";
import type { RollingOrders } from "./rolling/rolling-orders.ts";
import type { SoakOrders } from "./soak/soak-orders.ts";

/**
 * Starts one of the built process files with its orders. Built files, because the child runs on plain Node. Without the
 * flags of this process, because those of a test runner would load the sources.
 */
export function forkBuilt(
  name: "producer-process" | "worker-process" | "soak/soak-process" | "rolling/rolling-process",
  orders: ProducerOrders | WorkerOrders | SoakOrders | RollingOrders,
  execArgv: readonly string[] = [],
): ChildProcess {
  const file = new URL(`../dist/${name}.js`, import.meta.url);
  return fork(file, [JSON.stringify(orders)], { execArgv: [...execArgv] });
}
