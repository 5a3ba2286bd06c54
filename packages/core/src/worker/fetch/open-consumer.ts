import type { ValidatedConsumer } from "../../broker/broker-validator.ts";
import { BrokerUnavailableError } from "../../errors/broker-errors.ts";
import { isJobsError } from "../../errors/jobs-error.ts";
import { sleep } from "../../runtime/clock.ts";
import { withDeadline } from "../../runtime/deadline.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { pollBackoff } from "./backoff.ts";

/** One try to open must end within this, in ms, so that an unreachable host does not use up the whole patience. */
const ONE_TRY_MS = 10_000;

/** How to open, and for how long to keep trying. */
export interface OpenParts {
  readonly runtime: Runtime;
  readonly broker: string;
  readonly startTimeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Opens a consumer, again and again while the broker is away. @throws BrokerUnavailableError when the time is over, and
 * at once whatever will not pass by itself (a missing queue, wrong credentials).
 */
export async function openWithRetry(
  open: () => Promise<ValidatedConsumer>,
  queue: string,
  { runtime, broker, startTimeoutMs, signal }: OpenParts,
): Promise<ValidatedConsumer> {
  const { clock, random, report } = runtime;
  const giveUpAt = clock.monotonic() + startTimeoutMs;
  const late = () => new BrokerUnavailableError({ broker, queue }, `no answer within ${ONE_TRY_MS} ms.`);
  for (let failures = 1; ; failures++) {
    try {
      return await withDeadline(clock, ONE_TRY_MS, open(), late);
    } catch (error) {
      const isTransient = isJobsError(error) && error.retryable;
      if (!isTransient || signal.aborted || clock.monotonic() >= giveUpAt) throw error;
      if (failures === 1)
        report(
          { source: "broker", err: error, queue },
          "the broker is away; trying again until the start timeout",
        );
      await sleep(
        clock,
        Math.min(pollBackoff(failures, random), Math.max(0, giveUpAt - clock.monotonic())),
        signal,
      );
    }
  }
}
