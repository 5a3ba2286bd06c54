import { defineTask } from "@jobs/core";

export const sendReceipt = defineTask("send_receipt", { order: "integer" });

export const payOrder = defineTask("pay_order", { order: "integer" });
