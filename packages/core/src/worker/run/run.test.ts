import { describe, expect, it, vi } from "vitest";
import type { Delivery } from "../../broker/delivery.ts";
import { LeaseLostError } from "../../errors/broker-errors.ts";
import { JobAbortedError } from "../../errors/run-errors.ts";
import type { RunOwner } from "./interruption.ts";
import { Run, type RunState } from "./run.ts";
import { RELEASED } from "./run-outcome.ts";

const SOURCE = {
  queue: "default",
  maxMessageBytes: 1024,
  keepsFinished: false,
  note() {},
  settle() {},
  remove() {},
  async complete() {},
  async isCompleted() {
    return false;
  },
  async confirmLease() {},
};

const OWNER: RunOwner = { interrupted() {}, abandoned() {} };

function deliveryOf(deliveryCount: number): Delivery {
  const counts = { deliveryCount, failureCount: 0, crashCount: 0 };
  return { messageId: "m", body: "{}", receipt: `r${deliveryCount}`, leaseUntil: 30_000, ...counts };
}

function createRun(): Run {
  return new Run(deliveryOf(1), SOURCE);
}

const leaseLost = () => ({ kind: "lease_lost", error: new LeaseLostError("m") }) as const;
const cancelled = () => ({ kind: "cancelled", error: new JobAbortedError("cancelled") }) as const;

describe("the state of a run", () => {
  it("goes from receive over handler and steps to the confirmed settlement", () => {
    const run = createRun();
    const states: RunState[] = [run.state];
    const note = () => states.push(run.state);
    run.start(OWNER, 100, 5_000);
    note();
    expect(run.timeoutAt).toBe(5_100);
    expect(run.handlerEnded(350)).toBe(250);
    note();
    run.settleAs(RELEASED);
    note();
    run.confirm();
    note();
    expect(states).toEqual(["received", "running", "handled", "settling", "settled"]);
  });

  it("is settling without a handler where the job is held, released or not wanted", () => {
    const run = createRun();
    run.settleAs({ status: "cancelled" });
    expect(run.state).toBe("settling");
    expect(run.isEnding).toBe(true);
  });

  it("stays settling under a new lease, and its failures are counted anew", () => {
    const run = createRun();
    run.settleAs(RELEASED);
    expect(run.settlementFailed()).toBe(1);
    expect(run.settlementFailed()).toBe(2);
    run.setSuccessor(deliveryOf(2));
    run.continueUnder(deliveryOf(2));
    expect(run.state).toBe("settling");
    expect(run.settleFailures).toBe(0);
    expect(run.successor).toBeUndefined();
    expect(run.delivery.receipt).toBe("r2");
  });

  it("is dropped from anywhere but from settled", () => {
    const received = createRun();
    received.drop();
    const settled = createRun();
    settled.settleAs(RELEASED);
    settled.confirm();
    settled.drop();
    expect([received.state, settled.state]).toEqual(["dropped", "settled"]);
  });
});

describe("the interruption of a run", () => {
  it("is the first one, but for a lost lease, which replaces any other", () => {
    const run = createRun();
    run.interrupt(cancelled());
    run.interrupt({ kind: "shutdown", error: new JobAbortedError("shutdown") });
    expect(run.interruption?.kind).toBe("cancelled");
    run.interrupt(leaseLost());
    run.interrupt(cancelled());
    expect(run.interruption?.kind).toBe("lease_lost");
    expect(run.hasLostLease).toBe(true);
  });

  it("aborts the signal, also one that is asked for later, and tells who waits for the handler", () => {
    const interrupted = vi.fn();
    const run = createRun();
    run.start({ ...OWNER, interrupted }, 0, 1_000);
    run.interrupt(cancelled());
    expect(run.signal.aborted).toBe(true);
    expect(interrupted).toHaveBeenCalledOnce();
  });

  it("leaves a lease that the broker has given anew", () => {
    const run = createRun();
    run.interrupt(leaseLost());
    run.continueUnder(deliveryOf(2));
    expect(run.hasLostLease).toBe(false);
    run.interrupt(leaseLost());
    expect(run.hasLostLease).toBe(true);
  });

  it("is a timeout when its time is up; after a lost lease the handler is given up instead", () => {
    const late = createRun();
    late.start(OWNER, 0, 1_000);
    late.timeOut();
    expect(late.interruption?.error.message).toContain("1000");
    const abandoned = vi.fn();
    const gone = createRun();
    gone.start({ ...OWNER, abandoned }, 0, 1_000);
    gone.interrupt(leaseLost());
    gone.timeOut();
    gone.abandon();
    expect(abandoned).toHaveBeenCalledOnce();
    expect(gone.interruption?.kind).toBe("lease_lost");
  });
});
