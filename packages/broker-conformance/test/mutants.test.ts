import { describe, expect, it } from "vitest";
import { trackBrokers } from "../src/harness/track-brokers.ts";
import { listClauses, runModel } from "../src/index.ts";
import { runClauseOn } from "../src/run-clause.ts";
import { adminMutants } from "./faulty-memory/admin-mutants.ts";
import { answerMutants } from "./faulty-memory/answer-mutants.ts";
import { checkMutants } from "./faulty-memory/check-mutants.ts";
import { closingMutants } from "./faulty-memory/closing-mutants.ts";
import { checkBroker } from "./faulty-memory/faulty-checks.ts";
import { createFaultyHarness } from "./faulty-memory/faulty-harness.ts";
import { groupMutants, soundGroups } from "./faulty-memory/group-mutants.ts";
import { leaseMutants } from "./faulty-memory/lease-mutants.ts";
import type { Mutant } from "./faulty-memory/mutant.ts";
import { receiveMutants } from "./faulty-memory/receive-mutants.ts";
import { sendMutants } from "./faulty-memory/send-mutants.ts";
import { settleMutants } from "./faulty-memory/settle-mutants.ts";

const MUTANTS: readonly Mutant[] = [
  ...sendMutants,
  ...receiveMutants,
  ...leaseMutants,
  ...settleMutants,
  ...adminMutants,
  ...closingMutants,
  ...groupMutants,
  ...answerMutants,
  ...checkMutants,
];

/** Flaws in what moves messages: where the model has words. */
const MOVING: readonly Mutant[] = [...leaseMutants, ...settleMutants, ...adminMutants];

/** How many of these the model must find without the clauses; the others sin in texts, names and looks. */
const FOUND_BY_MODEL = 35;

/** Which clauses a mutant breaks. */
async function brokenClauses(mutant: Mutant): Promise<readonly string[]> {
  const broken: string[] = [];
  for (const clause of listClauses()) {
    const harness = await createFaultyHarness(mutant);
    const checked = trackBrokers(harness, (broker) =>
      checkBroker(broker, harness.capabilities, mutant.checks),
    );
    await runClauseOn(clause, checked, 2000).catch(() => broken.push(clause.id));
  }
  return broken;
}

describe("a kit that cannot fail is no kit", () => {
  const everBroken = new Set<string>();

  for (const mutant of MUTANTS) {
    it(`finds that ${mutant.flaw}`, async () => {
      const broken = await brokenClauses(mutant);
      for (const id of broken) everBroken.add(id);
      expect(broken).not.toEqual([]);
    });
  }

  it("has no clause that every mutant keeps", () => {
    const neverBroken = listClauses().filter(({ id }) => !everBroken.has(id));
    expect(neverBroken.map(({ id }) => id)).toEqual([]);
  });

  it("finds nothing wrong with the sound broker, wrapped in the same way", async () => {
    expect(await brokenClauses({ flaw: "none" })).toEqual([]);
    expect(await brokenClauses(soundGroups)).toEqual([]);
  });

  it(`finds ${FOUND_BY_MODEL} mutants by the model alone`, { timeout: 120_000 }, async () => {
    const found: string[] = [];
    for (const mutant of MOVING) {
      const search = runModel({ createHarness: () => createFaultyHarness(mutant), runs: 100, seed: 1 });
      await search.catch(() => found.push(mutant.flaw));
    }
    expect(found.length).toBeGreaterThanOrEqual(FOUND_BY_MODEL);
  });
});
