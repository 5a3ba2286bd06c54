import type { App } from "@jobs/core";
import { expect, it } from "vitest";
import { within } from "../base/with-app.ts";
import { closeApp } from "./open-app.ts";

const never = () => new Promise<never>(() => {});

it("does not wait for the close of an app that a command has given up, and for that of any other it does", async () => {
  const parts = { broker: { kind: "mute" }, queues: ["default"], stats: never };
  const mute = { ...parts, close: never } as unknown as App;
  await expect(within({ app: mute, timeout: 20 }, never())).rejects.toThrow("no answer within 20 ms.");
  await closeApp(mute);
  let finish = () => {};
  const close = () =>
    new Promise<void>((resolve) => {
      finish = resolve;
    });
  let isClosed = false;
  const closed = closeApp({ ...parts, close } as unknown as App).then(() => {
    isClosed = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(isClosed).toBe(false);
  finish();
  await closed;
});
