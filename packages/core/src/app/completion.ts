import type { AppCoordination } from "../coordination/open-coordination.ts";
import { continueFlowStep } from "../flow/continue-flow.ts";
import { runOnce } from "../flow/run-once.ts";
import type { CompletionStep, RunOnce } from "../job/completion.ts";
import type { Producer } from "../producer/producer.ts";
import { keepCancelledStep, storeResultStep } from "../results/keep-results.ts";
import type { ResultStore } from "../results/result-store.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { settleTickStep } from "../schedule/tick-job.ts";

/** What the way from a success to its ack works with. */
export interface CompletionParts {
  readonly results: ResultStore | undefined;
  /** Where groups meet and ticks of schedules are settled. */
  readonly appCoordination: AppCoordination;
  readonly producer: Producer;
  readonly runtime: Runtime;
  /** How long results are kept, in ms. */
  readonly ttlMs: number;
}

/** The steps between a success and its ack: the result first, so that what follows can be sent from it again. */
export function completion({ results, appCoordination, producer, runtime, ttlMs }: CompletionParts): {
  readonly steps: readonly CompletionStep[];
  readonly once: RunOnce | undefined;
  /** What comes before a cancelled job leaves its queue. */
  readonly keepCancelled: CompletionStep | undefined;
} {
  const { clock } = runtime;
  const flow = continueFlowStep({ producer, results, appCoordination, ttlMs, now: () => clock.now() });
  const { coordination } = appCoordination;
  const last = coordination === undefined ? [flow] : [flow, settleTickStep(coordination, runtime)];
  if (results === undefined) return { steps: last, once: undefined, keepCancelled: undefined };
  return {
    steps: [storeResultStep(results, ttlMs, runtime), ...last],
    once: runOnce(results, runtime),
    keepCancelled: keepCancelledStep(results, ttlMs),
  };
}
