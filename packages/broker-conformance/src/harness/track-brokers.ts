import { type Broker, validateBroker } from "@jobs/core/broker";
import { endOf, keepAliveClock } from "@jobs/core/runtime";
import type { BrokerHarness } from "./broker-harness.ts";

/** Time limit for closing the brokers of a test after it, in real ms. */
const CLOSING_MS = 1000;

/** A harness that knows what was opened on it. */
export interface TrackedHarness extends BrokerHarness {
  /** Closes everything that was opened and deletes the storage. */
  tearDown(): Promise<void>;
}

/**
 * The same harness, which wraps brokers with core's checks, as an app does, and closes them after the test.
 * @param validate puts these checks around a broker. Default: core's own.
 */
export function trackBrokers(
  harness: BrokerHarness,
  validate: (broker: Broker) => Broker = validateBroker,
): TrackedHarness {
  const opened: { close(): Promise<void> }[] = [];
  return {
    ...harness,
    async openBroker() {
      const broker = validate(await harness.openBroker());
      opened.push(broker);
      return broker;
    },
    async tearDown() {
      const closing = Promise.all(opened.map((broker) => broker.close()));
      // A broker that cannot close is a finding of chapter Z, not of every test.
      await endOf(keepAliveClock, CLOSING_MS, closing);
      await harness.dispose();
    },
  };
}
