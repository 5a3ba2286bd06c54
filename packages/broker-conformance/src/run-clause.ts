import type { Clause } from "./clause.ts";
import type { BrokerHarness, CreateHarness } from "./harness/broker-harness.ts";
import { endsWithin } from "./harness/ends-within.ts";
import { judgeInTime } from "./harness/judge-in-time.ts";
import { Scene } from "./harness/scene.ts";
import { type TrackedHarness, trackBrokers } from "./harness/track-brokers.ts";

/** Name of the queue that a clause finds opened. */
const QUEUE_SUFFIX = "main";

/**
 * Runs one clause on fresh storage; resolves when the broker keeps it.
 * @param timeoutMs how long it may take in real ms. Default 10,000.
 * @throws AssertionError, or what the broker threw, when it does not.
 */
export async function runClause(
  clause: Clause,
  createHarness: CreateHarness,
  timeoutMs = 10_000,
): Promise<void> {
  await judgeInTime(createHarness, (fresh, factor) =>
    runClauseOn(clause, trackBrokers(fresh), timeoutMs * factor),
  );
}

/** Runs one clause on a separate harness, and disposes of the harness afterwards. @throws as {@link runClause} */
export async function runClauseOn(clause: Clause, harness: TrackedHarness, timeoutMs: number): Promise<void> {
  try {
    const { check } = bindingPart(clause, harness);
    await endsWithin(openAndCheck(harness, check), timeoutMs, `clause ${clause.id}`);
  } finally {
    await harness.tearDown();
  }
}

/** The side of a clause that applies to a broker with the harness's capabilities. */
function bindingPart(clause: Clause, { capabilities }: Pick<BrokerHarness, "capabilities">) {
  return clause.unless?.isMissing(capabilities) ? clause.unless : clause;
}

async function openAndCheck(harness: BrokerHarness, check: Clause["check"]): Promise<void> {
  await check(await Scene.open(harness, await harness.createQueue(QUEUE_SUFFIX)));
}
