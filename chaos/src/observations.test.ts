import { describe, expect, test } from "vitest";
import { observationsOf } from "./observations.ts";
import type { RunLogEntry } from "./run-log.ts";

const NO_DEAD = { dead: new Set<string>() };

function enqueued(id: string, at = 0): RunLogEntry {
  return { type: "enqueued", id, at };
}

function started(id: string, pid: number, at: number, counts: { attempt?: number; delivery?: number } = {}) {
  return { type: "started", attempt: 1, delivery: 1, ...counts, id, pid, at } satisfies RunLogEntry;
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
    expect(observationsOf(entries, { dead: new Set(["b"]) })).toMatchObject({
      enqueued: 3,
      lost: 1,
      dead: 1,
    });
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

  test("a kill long after the end of a run does not excuse a second one [O2]", () => {
    const diesAt = (at: number) => [
      enqueued("a"),
      started("a", 1, 10),
      done("a", 1, 20),
      killed(1, at),
      started("a", 2, at + 2_500),
      done("a", 2, at + 2_510),
    ];
    expect(observationsOf(diesAt(1_020), NO_DEAD)).toMatchObject({ uncausedDoubles: 0 });
    expect(observationsOf(diesAt(1_021), NO_DEAD)).toMatchObject({ uncausedDoubles: 1 });
  });

  test.each<[string, RunLogEntry]>([
    ["kill", killed(1, 900)],
    ["freeze", { type: "frozen", pid: 1, from: 900, to: 8_400 }],
    ["crash of the server", { type: "crashed", from: 900, to: 1_000 }],
  ])("a %s does not excuse a second run that began before it [O2]", (_name, fault) => {
    const runs = [enqueued("a"), started("a", 1, 10), done("a", 1, 20), started("a", 2, 800)];
    const entries = [...runs, fault, done("a", 2, 2_000)];
    expect(observationsOf(entries, NO_DEAD)).toMatchObject({ doubleCompletions: 1, uncausedDoubles: 1 });
  });

  test("a second run that was cut short, and not done, is uncaused as well [O2]", () => {
    const entries = [
      enqueued("a"),
      ...[started("a", 1, 10), done("a", 1, 20)],
      ...[started("a", 2, 2_510), killed(2, 2_515)],
      ...[started("a", 3, 5_010), done("a", 3, 5_020)],
    ];
    expect(observationsOf(entries, NO_DEAD)).toMatchObject({ doubleCompletions: 1, uncausedDoubles: 1 });
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

  test("a worker that was killed before it began the job adds a lease, and the time is that of one", () => {
    const entries = [
      enqueued("a"),
      started("a", 1, 10),
      killed(1, 30),
      started("a", 3, 6_030, { delivery: 3 }),
      done("a", 3, 6_040),
    ];
    expect(observationsOf(entries, NO_DEAD)).toMatchObject({ recovery: { maxMs: 6_000 } });
    const withKill = [...entries, killed(2, 2_600)];
    expect(observationsOf(withKill, NO_DEAD)).toMatchObject({ recovery: { maxMs: 3_000 } });
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
    const entries = [
      enqueued("a"),
      started("a", 1, 10),
      killed(1, 20),
      started("a", 2, 2_000, { attempt: 2 }),
    ];
    expect(observationsOf(entries, NO_DEAD)).toMatchObject({ blamedRuns: 1 });
  });

  test("a run that was frozen excuses a second one beside it, and its own late end", () => {
    const entries: RunLogEntry[] = [
      enqueued("a"),
      started("a", 1, 10),
      { type: "frozen", pid: 1, from: 20, to: 7_000 },
      started("a", 2, 2_020),
      done("a", 2, 2_030),
      done("a", 1, 7_001),
    ];
    expect(observationsOf(entries, NO_DEAD)).toMatchObject({
      doubleCompletions: 1,
      uncausedDoubles: 0,
      overlappingRuns: 0,
      recovery: { interrupted: 1, maxMs: 2_000 },
    });
  });

  test("a run that ended just before its worker was frozen has not sent its ack", () => {
    const entries: RunLogEntry[] = [
      enqueued("a"),
      started("a", 1, 5_000),
      done("a", 1, 5_030),
      { type: "frozen", pid: 1, from: 5_040, to: 12_500 },
      started("a", 2, 7_500),
      done("a", 2, 7_530),
    ];
    expect(observationsOf(entries, NO_DEAD)).toMatchObject({
      doubleCompletions: 1,
      uncausedDoubles: 0,
      recovery: { interrupted: 0 },
    });
  });

  test("a worker that is frozen with the lock of the file excuses the runs of all others", () => {
    const entries = [
      enqueued("a"),
      { type: "frozen" as const, pid: 9, from: 1_000, to: 8_500 },
      started("a", 1, 990),
      done("a", 1, 1_010),
      started("a", 2, 8_510),
      done("a", 2, 8_520),
    ];
    expect(observationsOf(entries, NO_DEAD)).toMatchObject({ doubleCompletions: 1, uncausedDoubles: 1 });
    expect(observationsOf(entries, { ...NO_DEAD, traits: { locksAll: true } })).toMatchObject({
      doubleCompletions: 1,
      uncausedDoubles: 0,
    });
  });

  test("a job that a worker was about to start when it was frozen is excused; the next one is not", () => {
    const entries: RunLogEntry[] = [
      ...["a", "b"].map((id) => enqueued(id)),
      started("a", 2, 2_020),
      done("a", 2, 2_030),
      started("b", 2, 2_025),
      done("b", 2, 2_035),
      { type: "frozen", pid: 1, from: 20, to: 7_000 },
      started("a", 1, 7_001),
      started("b", 1, 7_002),
      done("a", 1, 7_010),
      done("b", 1, 7_011),
    ];
    expect(observationsOf(entries, NO_DEAD)).toMatchObject({
      doubleCompletions: 2,
      uncausedDoubles: 1,
      overlappingRuns: 0,
    });
  });

  test("a crash of the server excuses the doubles of its time, and no others", () => {
    const twice = (id: string, at: number) => [
      enqueued(id),
      started(id, 1, at),
      done(id, 1, at + 10),
      started(id, 2, at + 2_000),
      done(id, 2, at + 2_010),
    ];
    const crashed: RunLogEntry = { type: "crashed", from: 10_000, to: 11_000 };
    const entries = [...twice("a", 9_500), ...twice("b", 5_000), crashed];
    expect(observationsOf(entries, NO_DEAD)).toMatchObject({
      doubleCompletions: 2,
      uncausedDoubles: 1,
      slowestResumeMs: 500,
    });
  });

  test("runs beside each other overlap right after a crash too; one with a lease from before the crash does not", () => {
    const crashed: RunLogEntry = { type: "crashed", from: 1_000, to: 2_000 };
    const beside = (first: number) => [
      enqueued("a"),
      crashed,
      ...[started("a", 1, first), started("a", 2, 2_400), done("a", 1, 2_500), done("a", 2, 2_600)],
    ];
    expect(observationsOf(beside(2_100), NO_DEAD)).toMatchObject({ overlappingRuns: 1 });
    for (const first of [900, 1_500])
      expect(observationsOf(beside(first), NO_DEAD)).toMatchObject({ overlappingRuns: 0 });
  });

  test("rows of transactions are compared with the jobs that were stored for them", () => {
    const sent = (id: string): RunLogEntry => ({ type: "enqueued", id, hasEffect: true, at: 0 });
    const entries: RunLogEntry[] = [
      ...["a", "b", "c", "d"].map(sent),
      { type: "maybe_sent", id: "e", hasEffect: true },
      enqueued("plain"),
      started("plain", 1, 5),
      done("plain", 1, 6),
    ];
    const effects = ["a", "b", "b", "e", "x"];
    expect(observationsOf(entries, { dead: new Set(["c"]), effects })).toMatchObject({
      lost: 1,
      unanswered: 1,
      effects: { rows: 5, doubles: 1, missing: 1, unknown: 1 },
    });
  });

  test("a failed run of a handler without the database is told from one of the others", () => {
    const entries: RunLogEntry[] = [
      { type: "enqueued", id: "a", hasEffect: true, at: 0 },
      enqueued("b"),
      started("a", 1, 10),
      { type: "failed", id: "a", pid: 1, at: 11 },
      started("a", 1, 20, { attempt: 2 }),
      started("b", 1, 20, { attempt: 2 }),
    ];
    expect(observationsOf(entries, NO_DEAD)).toMatchObject({ failedEffects: 1, blamedRuns: 1 });
  });
});
