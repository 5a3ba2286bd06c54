import { AssertionError } from "node:assert/strict";
import type { Clause } from "./clause.ts";
import type { BrokerHarness, CreateHarness } from "./harness/broker-harness.ts";
import { Scene } from "./harness/scene.ts";

/** What is opened for a clause is closed after it, and may take this long in real ms before it is given up. */
const CLOSING_MS = 1000;

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
  const harness = watchBrokers(await createHarness());
  try {
    const { check } = bindingPart(clause, harness);
    await endsWithin(openAndCheck(harness, check), timeoutMs, `clause ${clause.id}`);
  } finally {
    // A broker that cannot close is a finding of chapter Z, not of every clause.
    await endsWithin(harness.closeAll(), CLOSING_MS, "closing").catch(() => {});
    await harness.dispose();
  }
}

/** The side of a clause that binds a broker with the harness's capabilities. */
export function bindingPart(clause: Clause, { capabilities }: Pick<BrokerHarness, "capabilities">) {
  return clause.unless?.isMissing(capabilities) ? clause.unless : clause;
}

async function openAndCheck(harness: BrokerHarness, check: Clause["check"]): Promise<void> {
  await check(await Scene.open(harness, await harness.createQueue(QUEUE_SUFFIX)));
}

/** The same harness, which remembers what it opened. */
export function watchBrokers(harness: BrokerHarness): BrokerHarness & { closeAll(): Promise<void> } {
  const opened: { close(): Promise<void> }[] = [];
  return {
    ...harness,
    async openBroker() {
      const broker = await harness.openBroker();
      opened.push(broker);
      return broker;
    },
    async closeAll() {
      await Promise.all(opened.map((broker) => broker.close()));
    },
  };
}

function endsWithin<T>(promise: Promise<T>, ms: number, what: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new AssertionError({ message: `${what} did not end in ${ms} ms` })),
      ms,
    );
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
