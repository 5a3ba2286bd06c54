import { defineTask } from "@jobs/core";

/** Takes goods from the stock and money from the customer. `card` decides the answer of the bank. */
export const placeOrder = defineTask(
  "place_order",
  { order: "integer", card: "string" },
  { queue: "orders", maxAttempts: 1, timeoutMs: 500 },
);
