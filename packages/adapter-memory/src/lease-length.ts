import { checkLeaseMs, UnsupportedError } from "@jobs/core/broker";
import type { Session } from "./session.ts";

/** @throws ConfigError when it is no length of time · UnsupportedError when it is longer than declared. */
export function assertLeaseMs({ capabilities, kind, name }: Session, leaseMs: number): void {
  checkLeaseMs(leaseMs);
  const { maxMs } = capabilities.lease;
  if (leaseMs <= maxMs) return;
  throw new UnsupportedError(
    { broker: kind, queue: name },
    "lease",
    `leases for at most ${maxMs} ms, not ${leaseMs}`,
  );
}
