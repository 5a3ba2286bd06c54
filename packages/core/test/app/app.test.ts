import { expect, test } from "vitest";
import { QueueNotFoundError } from "../../src/entries/broker.ts";
import { defineTask, handle, type LifecycleEvent } from "../../src/index.ts";
import { createRig } from "../rig.ts";

const work = defineTask("work", {}, { maxAttempts: 1 });
const mail = defineTask("mail", {}, { queue: "mail" });

test("ready() opens every queue of the app, and fails early for one that is missing [T19]", async () => {
  const { app, faults } = createRig({ tasks: [work, mail] });
  await app.ready();
  const other = createRig({ tasks: [work, mail] });
  other.faults.open = () => new QueueNotFoundError({ broker: "memory", queue: "mail" });
  await expect(other.app.ready()).rejects.toMatchObject({ code: "queue_not_found" });
  expect(faults.open).toBeUndefined();
});

test("an observer reports failures elsewhere, with task, job and error, and cannot harm a job by failing itself", async () => {
  const reported: LifecycleEvent[] = [];
  const rig = createRig({
    tasks: [work, mail],
    handlers: [
      handle(work, () => {
        throw new TypeError("no such user");
      }),
      handle(mail, () => {}),
    ],
    observers: [
      (event) => {
        if (event.type === "job.dead") reported.push(event);
        throw new Error("the reporter is down");
      },
    ],
  });
  const { id } = await rig.app.enqueue(work, {});
  await rig.app.enqueue(mail, {});
  const { report } = rig.start({ until: { type: "drained" } });
  await rig.clock.advance(1_000);
  expect(await report).toMatchObject({ succeeded: 1, dead: 1 });
  expect(reported).toMatchObject([
    { job: { id, task: "work" }, reason: "exhausted", error: { name: "TypeError", message: "no such user" } },
  ]);
});
