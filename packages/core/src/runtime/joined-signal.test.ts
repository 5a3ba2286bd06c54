import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { joinSignals, withJoinedSignals } from "./joined-signal.ts";

function sources() {
  const controllers = [new AbortController(), new AbortController()] as const;
  const signals = controllers.map(({ signal }) => signal);
  const listeners = () => signals.flatMap((signal) => getEventListeners(signal, "abort")).length;
  return { controllers, signals, listeners };
}

describe("joined signals", () => {
  it.each([0, 1])("abort with the reason of the first that aborts: %s", (first) => {
    const { controllers, signals, listeners } = sources();
    const { signal } = joinSignals(signals);
    expect(signal.aborted).toBe(false);
    controllers[first]?.abort("the first");
    controllers[1 - first]?.abort("the second");
    expect(signal.reason).toBe("the first");
    expect(listeners()).toBe(0);
  });

  it("are aborted at once where a source is", () => {
    const { controllers, signals, listeners } = sources();
    controllers[1].abort("before");
    expect(joinSignals(signals).signal.reason).toBe("before");
    expect(listeners()).toBe(0);
  });

  it("leave nothing in their sources when the work has ended, however it ends", async () => {
    const { controllers, signals, listeners } = sources();
    const during = withJoinedSignals(signals, async (signal) => {
      expect(listeners()).toBe(2);
      return signal;
    });
    const signal = await during;
    await expect(withJoinedSignals(signals, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(listeners()).toBe(0);
    controllers[0].abort();
    expect(signal.aborted).toBe(false);
  });
});
