import { ConfigError, countsAsFailure, type JobsError, type Settlement } from "@jobs/core";
import { parseReceipt } from "./receipt.ts";

/** A settlement as the script takes it. */
export function settlementArguments(settlement: Settlement): readonly (string | number)[] {
  const { storedId, token } = parseReceipt(settlement.delivery.receipt);
  const failures = countsAsFailure(settlement) ? 1 : 0;
  switch (settlement.action) {
    case "ack":
    case "release":
      return [storedId, token, settlement.action, "", "", ""];
    case "retry":
      return [storedId, token, "retry", Math.ceil(settlement.delayMs), failures, settlement.reason ?? ""];
    case "dead": {
      const { error, reason } = settlement;
      const shown = error === undefined ? reason : `${reason}: ${error.message}`;
      return [storedId, token, reason, failures, shown, error === undefined ? "" : JSON.stringify(error)];
    }
  }
}

/** Why a settlement cannot be done. */
export function refusalOf(settlement: Settlement): JobsError | undefined {
  if (settlement.action !== "retry") return undefined;
  const { delayMs } = settlement;
  if (Number.isFinite(delayMs) && delayMs >= 0) return undefined;
  return new ConfigError(`a retry's delay must be a finite number of ms, 0 or more; got ${delayMs}.`);
}
