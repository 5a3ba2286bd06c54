// #region define
import { createApp, defineSchedule, defineTask, handle } from "@jobs/core";

const report = defineTask("report", { kind: "string" });
const sweep = defineTask("sweep", {});

const nightly = defineSchedule("nightly", {
  cron: "30 2 * * *",
  timeZone: "Europe/Berlin",
  task: report,
  params: { kind: "short" },
  catchUp: "last",
});
const sweeping = defineSchedule("sweeping", { everyMs: 300_000, task: sweep, params: {} });

export const app = createApp({
  tasks: [report, sweep],
  handlers: [
    handle(report, ({ kind }, ctx) => `${kind} report of ${ctx.headers["jobs-tick"]}`),
    handle(sweep, () => {}),
  ],
  schedules: [nightly, sweeping],
});
// #endregion

// #region stored
export const crm = createApp({
  tasks: [report],
  handlers: [handle(report, ({ kind }) => `${kind} report`)],
  storedSchedules: true,
});

/** A customer chooses when the report comes. */
export async function sendReports(app: typeof crm, customer: string, cron: string): Promise<void> {
  const options = { cron, timeZone: "Europe/Berlin", task: report, params: { kind: customer } };
  await app.schedules.set(`report-${customer}`, options);
}
// #endregion
