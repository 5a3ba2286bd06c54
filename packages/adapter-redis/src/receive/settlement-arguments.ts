import { countsAsFailure, type Settlement } from "@jobs/core/broker";
import { ACK_FIELDS, SETTLEMENT_FIELDS } from "../scripts/settle.lua.ts";
import { parseReceipt } from "./receipt.ts";

/** Settlements as arguments of the script. Nearly all are acks, which need only two. */
export function settlementArguments(settlements: readonly Settlement[]): readonly (string | number)[] {
  const areAcks = settlements.every(({ action }) => action === "ack");
  const args: (string | number)[] = [areAcks ? ACK_FIELDS : SETTLEMENT_FIELDS];
  for (const settlement of settlements) {
    const { storedId, token } = parseReceipt(settlement.delivery.receipt);
    args.push(storedId, token);
    if (!areAcks) args.push(...describeEnd(settlement));
  }
  return args;
}

function describeEnd(settlement: Settlement): readonly (string | number)[] {
  const failures = countsAsFailure(settlement) ? 1 : 0;
  switch (settlement.action) {
    case "ack":
    case "release":
      return [settlement.action, "", "", ""];
    case "retry":
      return ["retry", Math.ceil(settlement.delayMs), failures, settlement.reason ?? ""];
    case "dead": {
      const { error, reason } = settlement;
      const shown = error === undefined ? reason : `${reason}: ${error.message}`;
      return [reason, failures, shown, error === undefined ? "" : JSON.stringify(error)];
    }
  }
}
