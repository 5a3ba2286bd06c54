import { describe, expect, test } from "vitest";
import { observationsOf } from "./observations.ts";
import type { RunLogEntry } from "./run-log.ts";

const NO_DEAD: ReadonlySet<string> = new Set();

function enqueued(id: string, at = 0): RunLogEntry {
  return { type: "enqueued", id, at };
}

function started(id: string, pid: number, at: number, attempt = 1): RunLogEntry {
  return { type: "started", id, attempt, pid, at };
}

function done(id: string, pid: number, at: number): RunLogEntry {
  return { type: "done", id, pid, at };
}

function killed(pid: number, at: number): RunLogEntry {
  return { type: "killed", pid, at };
}

describe("the oracles find what they look for", () => {
  test("a stored job without an end is lost, unless it is a dead letter [O1]", () => {
    const entries = [enqueued("a"), enqueued("b"), enqueued("c"), started("c", 1, 1), done("c", 1, 2)];
    expect(observationsOf(entries, new Set(["b"]))).toMatchObject({ enqueued: 3, lost: 1, dead: 1 });
  });

  test("a job that ended twice is a double completion, not an overlap when the first worker was dead [O2]", () => {
    const entries = [
      enqueued("a"),
      started("a", 1, 10),
      done("a", 1, 20),
      killed(1, 21),
      started("a", 2, 2_030),
      done("a", 2, 2_040),
    ];
    expect(observationsOf(entries, NO_DEAD)).toMatchObject({
      doubleCompletions: 1,
      uncausedDoubles: 0,
      extraStarts: 1,
      overlappingRuns: 0,
    });
  });

  test("a run beside a living worker's overlaps [O2]", () => {
    const entries = [
      enqueued("a"),
      started("a", 1, 10),
      started("a", 2, 15),
      done("a", 1, 20),
      done("a", 2, 25),
    ];
    expect(observationsOf(entries, NO_DEAD)).toMatchObject({ overlappingRuns: 1, uncausedDoubles: 1 });
  });

  test("a job that ran without having been stored is unknown; one that was perhaps stored is not [O3]", () => {
    const entries: RunLogEntry[] = [{ type: "maybe_sent", id: "a" }, started("a", 1, 1), started("b", 1, 2)];
    expect(observationsOf(entries, NO_DEAD)).toMatchObject({ unknown: 1, lost: 0 });
  });

  test("redelivery counts from the kill to the next start", () => {
    const entries = [
      enqueued("a"),
      started("a", 1, 10),
      killed(1, 30),
      started("a", 2, 2_030),
      done("a", 2, 2_040),
    ];
    const { recovery } = observationsOf(entries, NO_DEAD);
    expect(recovery).toEqual({ interrupted: 1, p50Ms: 2_000, p99Ms: 2_000, maxMs: 2_000 });
  });

  test("the backlog is the wait that one job in ten exceeds; one that started before its answer has not waited", () => {
    const entries = Array.from({ length: 10 }, (_, n) => [
      enqueued(`${n}`, 100),
      started(`${n}`, 1, 50 + n * 100),
    ]).flat();
    expect(observationsOf(entries, NO_DEAD)).toMatchObject({ backlogMs: 750 });
    expect(observationsOf([enqueued("a", 100), started("a", 1, 50)], NO_DEAD)).toMatchObject({
      backlogMs: 0,
    });
  });

  test("a later attempt means that a killed run was taken for a failed one", () => {
    const entries = [enqueued("a"), started("a", 1, 10), killed(1, 20), started("a", 2, 2_000, 2)];
    expect(observationsOf(entries, NO_DEAD)).toMatchObject({ blamedRuns: 1 });
  });
});
