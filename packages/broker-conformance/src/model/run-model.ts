import { describeThrown, optionRules, optionsCheck, required } from "@jobs/core/runtime";
import fc from "fast-check";
import type { BrokerHarness, CreateHarness } from "../harness/broker-harness.ts";
import { endsWithin } from "../harness/ends-within.ts";
import { judgeInTime } from "../harness/judge-in-time.ts";
import { trackBrokers } from "../harness/track-brokers.ts";
import { drain } from "./drain.ts";
import { ModelRun } from "./model-run.ts";
import { type ModelStep, stepSequences } from "./model-step.ts";
import { runStep } from "./run-step.ts";

/** How {@link runModel} searches. */
export interface ModelOptions {
  readonly createHarness: CreateHarness;
  /** How many sequences of steps are tried. Default 1,000. */
  readonly runs?: number;
  /** The longest sequence. Default 60 steps. */
  readonly maxSteps?: number;
  /** The same seed tries the same sequences. */
  readonly seed: number;
  /**
   * Number of sequences that run at the same time, each on separate storage. Default 1. Raise it if a sequence mostly
   * waits.
   */
  readonly parallel?: number;
  /** How long one sequence may take in real ms. Default 60,000. */
  readonly timeoutMs?: number;
  /**
   * After this many real ms a failing sequence is not shortened further, and an unfinished search fails. Default:
   * never.
   */
  readonly giveUpAfterMs?: number;
  /** Whether a failing sequence is shortened before it is reported. Default true. It takes longer than the search. */
  readonly isShortened?: boolean;
}

/** What a search without findings has done. */
export interface ModelReport {
  readonly runs: number;
  readonly seed: number;
}

const checkOptions = optionsCheck<ModelOptions>({
  createHarness: required(optionRules.func),
  runs: optionRules.whole(0),
  maxSteps: optionRules.whole(1),
  seed: required(optionRules.number),
  parallel: optionRules.whole(1),
  timeoutMs: optionRules.msAboveZero(),
  giveUpAfterMs: optionRules.msAboveZero(),
  isShortened: optionRules.boolean,
});

/**
 * Does random actions on a broker, each time on fresh storage, and compares it with a model of a queue.
 * @throws Error with the seed and the shortest failing sequence, as JSON for {@link replaySteps}.
 */
export async function runModel(options: ModelOptions): Promise<ModelReport> {
  checkOptions(options, "runModel");
  const { runs = 1000, seed, parallel = 1 } = options;
  const searches = Math.min(runs, parallel);
  // Each search has its part of the runs, and a seed that is derived from the given one.
  const shares = Array.from({ length: searches }, (_, index) => ({
    runs: Math.floor(runs / searches) + (index < runs % searches ? 1 : 0),
    seed: seed + index,
  }));
  await Promise.all(shares.map((share) => search(options, share)));
  return { runs, seed };
}

async function search(
  { createHarness, maxSteps = 60, timeoutMs, giveUpAfterMs, isShortened = true }: ModelOptions,
  { runs, seed }: ModelReport,
): Promise<void> {
  const property = fc.asyncProperty(stepSequences(maxSteps), (steps) =>
    replaySteps(createHarness, steps, timeoutMs),
  );
  const limit =
    giveUpAfterMs === undefined
      ? {}
      : { interruptAfterTimeLimit: giveUpAfterMs, markInterruptAsFailure: true };
  const found = await fc.check(property, { numRuns: runs, seed, endOnFailure: !isShortened, ...limit });
  if (!found.failed) return;
  if (found.counterexample === null)
    throw new Error(`only ${found.numRuns} of ${runs} sequences ran in time (seed ${seed})`);
  const [steps] = found.counterexample;
  const reason = describeThrown(found.errorInstance);
  throw new Error(
    `the broker leaves the model (seed ${found.seed}, run ${found.numRuns}): ${reason}\nsteps: ${JSON.stringify(steps)}`,
    { cause: found.errorInstance },
  );
}

/**
 * Runs one sequence of steps on fresh storage, then receives and acks everything that is left. The model knows how long
 * each call took. It does not know when a server had to wait for a processor: see {@link judgeInTime}.
 * @param timeoutMs how long it may take in real ms, with ticks of the usual length. Default 60,000.
 * @throws AssertionError where broker and model differ.
 */
export async function replaySteps(
  createHarness: CreateHarness,
  steps: readonly ModelStep[],
  timeoutMs = 60_000,
): Promise<void> {
  const replay = async (fresh: BrokerHarness, factor: number) => {
    const harness = trackBrokers(fresh);
    const limitMs = timeoutMs * factor;
    try {
      await endsWithin(runAll(harness, steps), limitMs, `a sequence of ${steps.length} steps`);
    } finally {
      await harness.tearDown();
    }
  };
  await judgeInTime(createHarness, replay, { allowsLateness: true });
}

async function runAll(harness: BrokerHarness, steps: readonly ModelStep[]): Promise<void> {
  const run = await ModelRun.open(harness);
  for (const step of steps) await runStep(run, step);
  await drain(run);
}
