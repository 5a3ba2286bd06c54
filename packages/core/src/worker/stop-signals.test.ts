import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { listenToStopSignals } from "./stop-signals.ts";

let nowMs = 0;
let heard: string[] = [];

function listen(): () => void {
  return listenToStopSignals({
    onStop: (signal) => void heard.push(signal),
    onForce: () => void heard.push("force"),
    now: () => nowMs,
  });
}

/** What this process would do with the signal: `false` says that nobody listens, and it would die. */
function signal(name: "SIGTERM" | "SIGINT"): boolean {
  return process.emit(name, name);
}

describe("listenToStopSignals", () => {
  beforeEach(() => {
    nowMs = 0;
    heard = [];
    vi.useFakeTimers({ toFake: ["setTimeout"] });
  });
  afterEach(() => void vi.useRealTimers());

  it("F02 takes a second signal within a second for the echo of the first, and a later one for force", () => {
    const release = listen();
    signal("SIGINT");
    nowMs = 999;
    signal("SIGINT");
    expect(heard).toEqual(["SIGINT"]);
    nowMs = 1_000;
    signal("SIGTERM");
    expect(heard).toEqual(["SIGINT", "force"]);
    release();
    expect(signal("SIGTERM")).toBe(false);
  });

  it("F02 survives the echo also when all is done before it comes", () => {
    const release = listen();
    signal("SIGTERM");
    nowMs = 5;
    release();
    expect(signal("SIGTERM")).toBe(true);
    vi.advanceTimersByTime(995);
    expect(signal("SIGTERM")).toBe(false);
    expect(heard).toEqual(["SIGTERM"]);
  });

  it("leaves nothing behind where no signal came", () => {
    listen()();
    expect([signal("SIGTERM"), signal("SIGINT")]).toEqual([false, false]);
  });
});
