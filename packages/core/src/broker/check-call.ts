import { BrokerUnavailableError } from "../errors/broker-errors.ts";
import { ConfigError } from "../errors/config-errors.ts";
import { checkDelay, delayForm, isDelay, shownDelay } from "../runtime/delay.ts";
import type { ReceiveOptions } from "./broker.ts";
import type { Settlement } from "./settlement.ts";
import type { PeekOptions, RedriveOptions } from "./stored-message.ts";

/** The answer to every call after a broker was closed. @throws BrokerUnavailableError once `closed` has aborted. */
export function assertOpen(
  closed: AbortSignal,
  place: { readonly broker: string; readonly queue: string },
): void {
  if (!closed.aborted) return;
  throw new BrokerUnavailableError(place, "it is closed.", {
    retryable: false,
    hint: "Open the queue again, or do not close the broker before its last call.",
  });
}

/** The bounds of a receive, the same on every broker. @throws ConfigError */
export function checkReceive({ max, waitMs }: Pick<ReceiveOptions, "max" | "waitMs">): void {
  if (!Number.isInteger(max) || max < 1) {
    throw new ConfigError(`receive: max must be a whole number above 0; got ${max}.`);
  }
  checkDelay(waitMs, "receive: waitMs", { isEndless: true });
}

/** @throws ConfigError for a lease that is no length of time. */
export function checkLeaseMs(leaseMs: number): void {
  checkDelay(leaseMs, "a lease", { isPositive: true });
}

/** How many messages may be looked at. @throws ConfigError */
export function checkPeek({ limit }: Pick<PeekOptions, "limit">): void {
  if (Number.isInteger(limit) && limit > 0) return;
  throw new ConfigError(`peek: limit must be a whole number above 0; got ${limit}.`);
}

/** How many dead letters may be asked back. @throws ConfigError */
export function checkRedrive({ limit }: Pick<RedriveOptions, "limit">): void {
  if (Number.isInteger(limit) && limit >= 0) return;
  throw new ConfigError(`redrive: limit must be a whole number, 0 or more; got ${limit}.`);
}

/** Why a settlement cannot be done on any broker; `undefined` when it can. Not thrown: its neighbours are settled. */
export function refusalOfSettlement(settlement: Settlement): ConfigError | undefined {
  if (settlement.action !== "retry") return undefined;
  const { delayMs } = settlement;
  if (isDelay(delayMs)) return undefined;
  return new ConfigError(`a retry's delay must be ${delayForm()}; got ${shownDelay(delayMs)}.`);
}
