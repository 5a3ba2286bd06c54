import { expect, test } from "vitest";
import { chain, defineTask, handle, step } from "../../src/index.ts";
import { createRig } from "../rig.ts";

const signIn = defineTask(
  "sign_in",
  { user: "string", password: "string" },
  { redact: ["password"], maxAttempts: 1 },
);
const other = defineTask(
  "other",
  { text: "string" },
  { redact: ["text"], monitorParams: true, maxAttempts: 1 },
);

test("the event of an enqueue has the parameters where a task says so, redacted by name, also in a flow [T28]", async () => {
  const rig = createRig({
    tasks: [signIn, other],
    handlers: [handle(signIn, () => {}), handle(other, () => {})],
  });
  await rig.app.enqueue(signIn, { user: "ann", password: "s3cret" });
  await rig.app.enqueue(other, { text: "s3cret" });
  await rig.app.start(
    chain([step(signIn, { user: "ann", password: "s3cret" }), step(other, { text: "s3cret" })]),
  );
  rig.start();
  await rig.clock.advance(1_000);
  const enqueued = rig.events.filter((event) => event.type === "job.enqueued");
  expect(enqueued.map((event) => [event.job.task, event.params])).toEqual([
    ["sign_in", undefined],
    ["other", { text: "[redacted]" }],
    ["sign_in", undefined],
    ["other", { text: "[redacted]" }],
  ]);
  expect(JSON.stringify(rig.events)).not.toContain("s3cret");
});

test("the event of a failure has the parameters where a task says so, redacted by name [W13]", async () => {
  const rig = createRig({
    tasks: [signIn, other],
    handlers: [
      handle(signIn, () => {
        throw new Error("no");
      }),
      handle(other, () => {
        throw new Error("no");
      }),
    ],
    settings: [{ layer: "environment", tasks: { sign_in: { logParams: "true" } } }],
  });
  await rig.app.enqueue(signIn, { user: "ann", password: "s3cret" });
  await rig.app.enqueue(other, { text: "s3cret" });
  rig.start();
  await rig.clock.advance(1_000);
  const failed = rig.events.filter((event) => event.type === "job.failed");
  expect(failed.map((event) => [event.job.task, event.params])).toEqual([
    ["sign_in", { user: "ann", password: "[redacted]" }],
    ["other", undefined],
  ]);
});
