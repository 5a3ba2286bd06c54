import { MAX_TIMER_MS, optionRules, optionsCheck, required } from "@jobs/core/runtime";
import { describe, it } from "vitest";
import type { Clause } from "./clause.ts";
import type { CreateHarness } from "./harness/broker-harness.ts";
import { listChapters } from "./list-clauses.ts";
import type { ModelStep } from "./model/model-step.ts";
import { REGRESSIONS } from "./model/regressions.ts";
import { replaySteps, runModel } from "./model/run-model.ts";
import { runClause } from "./run-clause.ts";

/** What {@link describeBroker} tests. */
export interface BrokerUnderTest {
  /** Name of the broker in test titles. */
  readonly name: string;
  readonly createHarness: CreateHarness;
  /** How long one clause, or one sequence of the model, may take in real ms. Default 10,000. */
  readonly timeoutMs?: number;
  /**
   * Number of random sequences that are compared with the model. Default 1,000. `JOBS_MODEL_RUNS` in the environment
   * wins.
   */
  readonly modelRuns?: number;
  /** Number of sequences that run at the same time. Default 1. Raise it if a sequence mostly waits. */
  readonly modelParallel?: number;
  /** Sequences that have failed once, in addition to the kit's own. Each name says what was wrong. */
  readonly regressions?: Readonly<Record<string, readonly ModelStep[]>>;
}

const checkOptions = optionsCheck<BrokerUnderTest>({
  name: required(optionRules.text),
  createHarness: required(optionRules.func),
  timeoutMs: optionRules.msAboveZero(),
  modelRuns: optionRules.whole(0),
  modelParallel: optionRules.whole(1),
  regressions: optionRules.object,
});

/** The default seed, so that every test run tries the same sequences. */
const DEFAULT_SEED = 1;

/**
 * Registers a vitest test for each clause, each regression, and the random sequences of one seed (fault F10). A clause
 * about a capability that the broker does not declare tests that the broker refuses; none is skipped.
 * `JOBS_MODEL_SEED` in the environment searches with another seed.
 */
export function describeBroker(broker: BrokerUnderTest): void {
  checkOptions(broker, "describeBroker");
  const { name, createHarness, timeoutMs = 10_000 } = broker;
  describe(`${name}: clauses`, () => {
    for (const { letter, title, clauses } of listChapters()) {
      describe(`${title} [${letter}]`, () => {
        for (const clause of clauses) {
          it(titleOf(clause), () => runClause(clause, createHarness, timeoutMs), 2 * timeoutMs);
        }
      });
    }
  });
  describe(`${name}: model`, () => describeModel(broker, timeoutMs));
}

function describeModel(
  { createHarness, modelRuns, modelParallel = 1, regressions = {} }: BrokerUnderTest,
  timeoutMs: number,
): void {
  for (const [title, steps] of Object.entries({ ...REGRESSIONS, ...regressions })) {
    it(`stays fixed: ${title} [F10]`, () => replaySteps(createHarness, steps), 2 * timeoutMs);
  }
  const runs = numberFrom("JOBS_MODEL_RUNS") ?? modelRuns ?? 1000;
  const seed = numberFrom("JOBS_MODEL_SEED") ?? DEFAULT_SEED;
  const limitMs = Math.min(runs * timeoutMs, MAX_TIMER_MS);
  // The model must report its findings before the test's time limit.
  const giveUpAfterMs = Math.max(limitMs - 2 * timeoutMs, limitMs / 2);
  const options = { createHarness, runs, seed, parallel: modelParallel, timeoutMs, giveUpAfterMs };
  it(
    `${runs} random sequences of steps stay within the model, seed ${seed} [F10]`,
    async () => void (await runModel(options)),
    limitMs,
  );
}

/** The title has both sides of a clause, since only the harness tells which one applies. */
function titleOf({ id, rule, unless }: Clause): string {
  return unless === undefined
    ? `${rule} [${id}]`
    : `${rule} Without ${unless.capability}: ${unless.rule} [${id}]`;
}

function numberFrom(variable: string): number | undefined {
  const text = process.env[variable];
  return text === undefined || text === "" ? undefined : Number(text);
}
