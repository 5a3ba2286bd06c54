import { memory } from "@jobs/adapter-memory";
import { expect, test } from "vitest";
import { createApp, defineTask, handle } from "../../src/index.ts";

const tick = defineTask("tick", {});

test("close stops the workers of the app, and waits for the jobs in hand", async () => {
  const steps: string[] = [];
  let finish = () => {};
  const started = new Promise<void>((resolve) => {
    const run = handle(tick, async () => {
      resolve();
      await new Promise<void>((done) => {
        finish = done;
      });
      steps.push("handled");
    });
    app = createApp({ broker: memory(), tasks: [tick], handlers: [run] });
  });
  const worker = app!.worker({ ownsProcess: false });
  const report = worker.run();
  await app!.enqueue(tick, {});
  await started;
  const closed = app!.close().then(() => steps.push("closed"));
  finish();
  await closed;
  expect(steps).toEqual(["handled", "closed"]);
  expect(worker.state).toBe("stopped");
  expect(await report).toMatchObject({ cause: "stop", succeeded: 1, released: 0 });
});

test("close needs no worker to be running, and a worker that starts later is refused", async () => {
  app = createApp({ broker: memory(), tasks: [tick], handlers: [handle(tick, () => {})] });
  const late = app.worker({ ownsProcess: false });
  const done = app.worker({ ownsProcess: false, until: { type: "drained" } });
  await done.run();
  await app.close();
  await expect(late.run()).rejects.toThrow("it is closed");
});

let app: ReturnType<typeof createApp> | undefined;
