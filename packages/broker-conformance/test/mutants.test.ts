import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Clause } from "../src/clause.ts";
import { trackBrokers } from "../src/harness/track-brokers.ts";
import { listClauses, runModel } from "../src/index.ts";
import { runClauseOn } from "../src/run-clause.ts";
import { adminMutants } from "./faulty-memory/admin-mutants.ts";
import { answerMutants } from "./faulty-memory/answer-mutants.ts";
import { checkMutants } from "./faulty-memory/check-mutants.ts";
import { claimMutants, soundKeeping, soundProvisioning } from "./faulty-memory/claim-mutants.ts";
import { closingMutants } from "./faulty-memory/closing-mutants.ts";
import { checkBroker } from "./faulty-memory/faulty-checks.ts";
import { createFaultyHarness } from "./faulty-memory/faulty-harness.ts";
import { groupMutants, soundGroups } from "./faulty-memory/group-mutants.ts";
import { leaseMutants } from "./faulty-memory/lease-mutants.ts";
import type { Mutant } from "./faulty-memory/mutant.ts";
import { receiveMutants } from "./faulty-memory/receive-mutants.ts";
import { sendMutants } from "./faulty-memory/send-mutants.ts";
import { settleMutants } from "./faulty-memory/settle-mutants.ts";
import { soundTransactions, transactionMutants } from "./faulty-memory/transaction-mutants.ts";

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
  ...transactionMutants,
  ...claimMutants,
];

const UPDATE =
  "after a change: JOBS_TEST_MUTANTS=all npx vitest run packages/broker-conformance/test/mutants.test.ts -u";

/** Flaws in what moves messages: where the model has words. */
const MOVING: readonly Mutant[] = [...leaseMutants, ...settleMutants, ...adminMutants];

/** How many of these the model must find without the clauses; the others sin in texts, names and looks. */
const FOUND_BY_MODEL = 35;

/** All clauses are tried on each mutant only where this is set. Else each mutant meets those that are known to find it. */
const IS_WHOLE = process.env.JOBS_TEST_MUTANTS === "all";

/** Stands beside the clauses of a mutant that the model finds too. */
const BY_MODEL = "model";

/** For each mutant clauses that find it: `flaw → D2, U3, model`. Each clause is in it at least once. */
const KNOWN_FILE = new URL("faulty-memory/known-clauses.txt", import.meta.url);
const KNOWN = new Map(
  readFileSync(KNOWN_FILE, "utf8")
    .trim()
    .split("\n")
    .map((line) => line.split(" → "))
    .map(([flaw = "", clauses = ""]) => [flaw, clauses.split(", ")] as const),
);

/** Which of some clauses a mutant breaks. A clause that does not apply to it counts as another: it then has another rule. */
async function brokenClauses(mutant: Mutant, tried?: readonly string[]): Promise<readonly string[]> {
  const broken = new Set<string>();
  const { capabilities } = await createFaultyHarness(mutant);
  for (const clause of listClauses()) {
    const name = clause.unless?.isMissing(capabilities) ? withoutCapability(clause) : clause.id;
    if (tried !== undefined && !tried.includes(name)) continue;
    const harness = await createFaultyHarness(mutant);
    const checked = trackBrokers(harness, (broker) =>
      checkBroker(broker, harness.capabilities, mutant.checks),
    );
    await runClauseOn(clause, checked, 2000).catch(() => broken.add(name));
  }
  return [...broken];
}

function withoutCapability({ unless }: Clause): string {
  return `without ${unless?.capability}`;
}

/** The first clause that finds each mutant, and a mutant for each clause that none of these is. */
function leastClauses(
  found: ReadonlyMap<string, readonly string[]>,
  foundByModel: readonly string[],
): string {
  const firsts = new Set([...found.values()].flatMap(([first]) => first ?? []));
  const lines = [...found].map(([flaw, [first, ...others]]) => {
    const alone = others.filter((name) => !firsts.has(name));
    for (const name of alone) firsts.add(name);
    const model = foundByModel.includes(flaw) ? [BY_MODEL] : [];
    return `${flaw} → ${[first, ...alone, ...model].join(", ")}`;
  });
  return `${lines.join("\n")}\n`;
}

describe("a kit that cannot fail is no kit", () => {
  const found = new Map<string, readonly string[]>();
  const foundByModel: string[] = [];

  for (const mutant of MUTANTS) {
    const { flaw } = mutant;
    it(`finds that ${flaw}`, async () => {
      const known = (KNOWN.get(flaw) ?? []).filter((name) => name !== BY_MODEL);
      const broken = await brokenClauses(mutant, IS_WHOLE ? undefined : known);
      found.set(flaw, broken);
      expect(broken).not.toEqual([]);
      if (!IS_WHOLE) expect(broken.toSorted(), UPDATE).toEqual(known.toSorted());
    });
  }

  it("has no clause that every mutant keeps", () => {
    const names = listClauses().flatMap((clause) =>
      clause.unless === undefined ? [clause.id] : [clause.id, withoutCapability(clause)],
    );
    const everBroken = new Set([...found.values()].flat());
    expect(
      [...new Set(names)].filter((name) => !everBroken.has(name)),
      UPDATE,
    ).toEqual([]);
  });

  it("finds nothing wrong with the sound broker, wrapped in the same way", async () => {
    for (const sound of [{ flaw: "none" }, soundGroups, soundTransactions, soundProvisioning, soundKeeping])
      expect(await brokenClauses(sound)).toEqual([]);
  });

  it(`finds ${FOUND_BY_MODEL} mutants by the model alone`, { timeout: 120_000 }, async () => {
    const isTried = ({ flaw }: Mutant) => IS_WHOLE || KNOWN.get(flaw)?.includes(BY_MODEL);
    for (const mutant of MOVING.filter(isTried)) {
      const createHarness = () => createFaultyHarness(mutant);
      const search = runModel({ createHarness, runs: 100, seed: 1, isShortened: false });
      await search.catch(() => foundByModel.push(mutant.flaw));
    }
    expect(foundByModel.length).toBeGreaterThanOrEqual(FOUND_BY_MODEL);
  });

  it.runIf(IS_WHOLE)("tries the known clauses on each mutant, and all of them are needed", async () => {
    await expect(leastClauses(found, foundByModel), UPDATE).toMatchFileSnapshot(
      "faulty-memory/known-clauses.txt",
    );
  });
});
