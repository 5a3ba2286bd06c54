import { adapter as sqs } from "@jobs/adapter-sqs";
import { chain, defineSchedule, defineTask, handle, step } from "@jobs/core";
import { expect, it } from "vitest";
import { createTestApp } from "../src/index.ts";

const report = defineTask("report", { kind: "string" });
const handlers = [handle(report, ({ kind }) => kind)];

it("a schedule does not tick by itself; by hand its job runs as in production", async () => {
  const hourly = defineSchedule("hourly", { cron: "0 * * * *", task: report, params: { kind: "short" } });
  await using t = createTestApp({ tasks: [report], handlers, schedules: [hourly] });
  expect(await t.advance("3h")).toEqual([]);
  await t.app.schedules.run("hourly");
  expect(await t.runAll()).toMatchObject([{ task: "report", status: "succeeded", result: "short" }]);
});

it("a cancelled flow is told as cancelled", async () => {
  await using t = createTestApp({ tasks: [report], handlers }, { like: sqs });
  const { id } = await t.app.start(chain([step(report, { kind: "a" }), step(report, { kind: "b" })]));
  expect(await t.app.cancel(id)).toEqual({ id, status: "requested" });
  expect(await t.runAll()).toMatchObject([{ id, status: "cancelled" }]);
});
