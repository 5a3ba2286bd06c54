import type { App } from "@jobs/core";
import { expect, it } from "vitest";
import { within } from "./with-app.ts";

const never = () => new Promise<never>(() => {});

/** Holds up the event loop, as a module does that is loaded. */
function holdUp(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

it.each([150, 205, 225, 245, 400])(
  "names the broker that has not answered, also where the process was held up for %i of 200 ms",
  async (ms) => {
    const app = { broker: { kind: "mute" }, queues: ["default"], stats: never } as unknown as App;
    const work = within({ app, timeout: 200 }, never());
    holdUp(ms);
    await expect(work).rejects.toThrow("mute broker: no answer within 200 ms.");
  },
);
