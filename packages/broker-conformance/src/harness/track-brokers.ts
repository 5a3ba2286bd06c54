import { type Broker, validateBroker } from "@jobs/core/broker";
import type { BrokerHarness } from "./broker-harness.ts";
import { endsWithin } from "./ends-within.ts";

/** What a test has opened is closed after it, and may take this long in real ms before it is given up. */
const CLOSING_MS = 1000;

/** A harness that knows what was opened on it. */
export interface TrackedHarness extends BrokerHarness {
  /** Closes all that was opened and throws the storage away. */
  tearDown(): Promise<void>;
}

/**
 * The same harness, which remembers the brokers that it opens, and opens them behind the checks of core, as an app does.
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
      await endsWithin(closing, CLOSING_MS, "closing").catch(() => {});
      await harness.dispose();
    },
  };
}
