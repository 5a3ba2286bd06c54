import { hostname } from "node:os";
import type { Runtime } from "../runtime/runtime.ts";

/** Who somebody is in events, leases and logs: `host:pid:random`. */
export function identify(runtime: Runtime): string {
  return `${hostname()}:${process.pid}:${runtime.ids().slice(-8)}`;
}
