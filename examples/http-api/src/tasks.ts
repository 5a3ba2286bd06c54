import { defineTask } from "@jobs/core";

export const charge = defineTask("charge", { order: "integer", cents: "integer" }, { maxAttempts: 3 });
export const sendReceipt = defineTask("send_receipt", { order: "integer", to: "string" }, { queue: "mail" });
export const askForReview = defineTask("ask_for_review", { order: "integer" }, { queue: "mail" });
