import type { App, Observer } from "@jobs/core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { watchWear } from "./watch-wear.ts";

const DAY_MS = 86_400_000;

describe("watchWear", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
  afterEach(() => void vi.useRealTimers());

  it("a worker that may live for 30 days is not worn before: no timer of Node is as long", () => {
    let observer: Observer = () => {};
    const observe: App["observe"] = (one) => {
      observer = one;
      return () => {};
    };
    const onWorn = vi.fn();
    watchWear({ maxAgeMs: 30 * DAY_MS }, observe, onWorn);
    observer({ type: "worker.started" } as never);
    vi.advanceTimersByTime(30 * DAY_MS - 1);
    expect(onWorn).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(onWorn).toHaveBeenCalledExactlyOnceWith("max_time");
  });
});
