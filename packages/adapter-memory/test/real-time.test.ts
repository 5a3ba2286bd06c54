import { listChapters, runClause, runModel } from "@jobs/broker-conformance";
import { describe, it } from "vitest";
import { createRealTimeHarness } from "./memory-harness.ts";

/** The chapters that depend on time; the clock makes no difference to the others. */
const ABOUT_TIME = new Set(["R", "L", "D", "Z"]);

const clauses = listChapters().flatMap(({ letter, clauses: own }) => (ABOUT_TIME.has(letter) ? own : []));

// Concurrent, since these tests mostly wait.
describe.concurrent("memory on the machine's clock", () => {
  for (const clause of clauses) {
    it(`${clause.rule} [${clause.id}]`, () => runClause(clause, createRealTimeHarness, 50_000));
  }

  for (const seed of [1, 2, 3]) {
    it(`stays within the model, seed ${seed} [F10]`, async () => {
      await runModel({ createHarness: createRealTimeHarness, runs: 2, maxSteps: 25, seed });
    });
  }
});
