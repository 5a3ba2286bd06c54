import type { Broker } from "@jobs/core/broker";

/** What is still there when all jobs are done (oracle O4). */
export interface Remains {
  /** Messages in the broker's own storage, in whatever state. */
  readonly messages: number;
  /** Whether the storage itself says that it is sound. */
  readonly isSound: boolean;
}

/** The broker of one run. Disposed of when the run is over. */
export interface Premises extends AsyncDisposable {
  /** Where it is; handed to every process. */
  readonly address: string;
}

/** A broker as an experiment needs it: opened by many processes, and looked into from behind. */
export interface BrokerUnderTest {
  /** Makes it ready for one run; what it stores may be in `folder`. */
  prepare(folder: string): Promise<Premises>;
  open(address: string): Broker;
  /** Looks into the storage without the adapter. */
  inspect(address: string): Promise<Remains>;
}

/** The brokers that outlive a killed process, by kind. Loaded when needed: workers start all the time here. */
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
