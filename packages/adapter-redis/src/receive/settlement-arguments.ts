import { countsAsFailure, type Settlement } from "@jobs/core";
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
