import type { Broker } from "@jobs/core/broker";

/** What the storage still holds when all jobs are done (oracle O4). */
export interface Remains {
  /** Messages in the broker's own storage, in any state. */
  readonly messages: number;
  /** Whether the storage's own check finds no damage. */
  readonly isSound: boolean;
}

/** The broker of one run. Disposed of when the run is over. */
export interface Premises extends AsyncDisposable {
  /** Where it is; handed to every process. */
  readonly address: string;
}

/** A broker for an experiment: many processes open it, and its storage is inspected without the adapter. */
export interface BrokerUnderTest {
  /** Makes it ready for one run; what it stores may be in `folder`. */
  prepare(folder: string): Promise<Premises>;
  open(address: string): Broker;
  /** Looks into the storage without the adapter. */
  inspect(address: string): Promise<Remains>;
}

/** The brokers that survive a killed process, by kind. Loaded on use, since workers start often in an experiment. */
const BROKERS: Readonly<Record<string, () => Promise<BrokerUnderTest>>> = {
  redis: async () => (await import("./redis-under-test.ts")).redisUnderTest,
  sqlite: async () => (await import("./sqlite-under-test.ts")).sqliteUnderTest,
};

/** @throws RangeError naming the kinds there are. */
export async function brokerUnderTest(kind: string): Promise<BrokerUnderTest> {
  const load = Object.hasOwn(BROKERS, kind) ? BROKERS[kind] : undefined;
  if (load !== undefined) return load();
  throw new RangeError(`chaos knows no broker "${kind}". Known: ${Object.keys(BROKERS).join(", ")}.`);
}
