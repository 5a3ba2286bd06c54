// #region tasks
import { defineTask } from "@jobs/producer";

/** For all sides: pages, the edge and the worker. */
export const sendReceipt = defineTask("send_receipt", { to: "string" }, { queue: "mail" });
// #endregion
