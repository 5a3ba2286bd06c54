import { expect, test } from "vitest";
import { DuplicateTaskError } from "../src/entries/task.ts";
import { defineTask } from "../src/index.ts";
import { createRig } from "./rig.ts";

test("an app refuses two tasks of one name, whatever else they have [W3]", () => {
  const tasks = [
    defineTask("mail", { to: "string" }),
    defineTask("mail", { to: "string" }, { queue: "other" }),
  ];
  expect(() => createRig({ tasks })).toThrow(DuplicateTaskError);
});

test("an app of contracts alone sends jobs, and the parameters are checked; only its worker needs handlers [W36]", async () => {
  const mail = defineTask("mail", { to: "string" });
  const rig = createRig({ tasks: [mail] });
  expect(await rig.app.enqueue(mail, { to: "ann" })).toMatchObject({ status: "enqueued", task: "mail" });
  await expect(rig.app.enqueueByName("mail", {} as never)).rejects.toMatchObject({
    code: "signature_mismatch",
  });
  expect((await (await rig.app.queue("default")).stats()).ready.n).toBe(1);
  await expect(rig.app.worker({ ownsProcess: false }).run()).rejects.toMatchObject({
    code: "invalid_config",
  });
});
