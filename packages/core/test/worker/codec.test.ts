import { describe, expect, test } from "vitest";
import { type ConfigError, defineTask, handle } from "../../src/index.ts";
import { createRig } from "../rig.ts";

const mail = defineTask("send_email", { to: "string", subject: "string" });

/** What a Python simple-worker has left in a queue. */
const BODY = '{"task_name": "send_email", "task_payload": {"to": "a@b.c", "subject": "Hi"}}';

describe("a worker that reads jobs of simple-worker", () => {
  test("runs them beside its own, under the broker's id of the message, stable over retries [W10 W35]", async () => {
    const runs: unknown[] = [];
    const rig = createRig({
      tasks: [mail],
      handlers: [
        handle(mail, ({ to }, { id, idempotencyKey, attempt }) => {
          runs.push({ to, id, idempotencyKey, attempt });
          if (attempt === 1 && to === "a@b.c") throw new Error("once more");
        }),
      ],
    });
    const queue = await rig.broker.openQueue("default");
    await queue.send([{ id: "python-1", label: "?", body: BODY }]);
    await rig.app.enqueue(mail, { to: "own", subject: "Hi" }, { id: "own-1" });
    rig.start({ codecs: ["simple-worker"] });
    await rig.clock.advance(10_000);
    const python = { to: "a@b.c", id: "python-1", idempotencyKey: "python-1" };
    expect(runs).toEqual([
      { ...python, attempt: 1 },
      { to: "own", id: "own-1", idempotencyKey: "own-1", attempt: 1 },
      { ...python, attempt: 2 },
    ]);
    expect(await queue.stats()).toMatchObject({ ready: { n: 0 }, delayed: { n: 0 }, dead: { n: 0 } });
  });

  test("holds one whose parameters do not fit, and sets it aside although its age is unknown [W7 W10]", async () => {
    const rig = createRig({ tasks: [mail], handlers: [handle(mail, () => {})] });
    const queue = await rig.broker.openQueue("default");
    await queue.send([{ id: "python-1", label: "?", body: BODY.replace("subject", "title") }]);
    rig.start({ codecs: ["simple-worker"] });
    await rig.clock.advance(16 * 60_000);
    const { messages } = await queue.peek({ state: "dead", limit: 1 });
    expect(messages).toMatchObject([{ messageId: "python-1", dead: { reason: "signature_mismatch" } }]);
  });

  test("is told in the configuration, from outside too, and only what there is [W10]", () => {
    const rig = createRig({ tasks: [mail], worker: { codecs: ["simple-worker"] } });
    expect(rig.app.config.worker.codecs).toEqual(["simple-worker"]);
    const refusal: Partial<ConfigError> = { code: "invalid_config" };
    expect(() => rig.app.worker({ codecs: ["sidekiq" as never] })).toThrow(expect.objectContaining(refusal));
  });
});
