import { beforeEach, describe, expect, it } from "vitest";
import { listenToStopSignals } from "./stop-signals.ts";

let nowMs = 0;
let heard: string[] = [];
let later: { readonly at: number; readonly fn: () => void }[] = [];

/** Time goes on only by {@link goTo}. */
const clock = {
  monotonic: () => nowMs,
  schedule: (delayMs: number, fn: () => void) => {
    later.push({ at: nowMs + delayMs, fn });
    return () => {};
  },
};

function goTo(ms: number): void {
  nowMs = ms;
  for (const { at, fn } of later) if (at <= ms) fn();
}

function listen(): () => void {
  return listenToStopSignals({
    onStop: (signal) => void heard.push(signal),
    onForce: () => void heard.push("force"),
    clock,
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
    later = [];
  });

  it("takes a second signal within a second for the echo of the first, and a later one for force [F02]", () => {
    const release = listen();
    signal("SIGINT");
    goTo(999);
    signal("SIGINT");
    expect(heard).toEqual(["SIGINT"]);
    goTo(1_000);
    signal("SIGTERM");
    expect(heard).toEqual(["SIGINT", "force"]);
    release();
    expect(signal("SIGTERM")).toBe(false);
  });

  it("survives the echo also when all is done before it comes [F02]", () => {
    const release = listen();
    signal("SIGTERM");
    goTo(5);
    release();
    goTo(999);
    expect(signal("SIGTERM")).toBe(true);
    goTo(1_000);
    expect(signal("SIGTERM")).toBe(false);
    expect(heard).toEqual(["SIGTERM"]);
  });

  it("leaves nothing behind where no signal came", () => {
    listen()();
    expect([signal("SIGTERM"), signal("SIGINT")]).toEqual([false, false]);
  });
});
