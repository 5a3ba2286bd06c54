import { createApp, defineTask, FatalError, handle } from "@jobs/core";

/** Waits in its queue. */
export const mail = defineTask("mail", { to: "string" }, { queue: "mail" });

/** Waits until tomorrow. */
export const report = defineTask("report", { day: "string" }, { queue: "reports" });

/** Is dead after its first run. */
export const invoice = defineTask("invoice", { number: "integer" }, { queue: "invoices" });

/** What the app has beside its stores. */
export const PARTS = {
  tasks: [mail, report, invoice],
  queues: ["mail", "reports", "invoices"],
  handlers: [
    handle(mail, () => {}),
    handle(report, () => {}),
    handle(invoice, ({ number }) => {
      throw new FatalError(`invoice ${number} has no address`);
    }),
  ],
};

/** The app of the project whose dashboard is measured. The project's settings name its broker and its history. */
export default createApp(PARTS);
