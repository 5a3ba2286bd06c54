import type { Broker, BrokerQueue } from "../broker/broker.ts";
import { type ValidatedBroker, validateBroker } from "../broker/broker-validator.ts";
import type { CoordinationStore } from "../coordination/coordination-store.ts";
import { type AppCoordination, openCoordination } from "../coordination/open-coordination.ts";
import { ConfigError } from "../errors/config-errors.ts";
import type { EventPublisher } from "../monitor/event-publisher.ts";
import { strictProducer } from "../monitor/strict-producer.ts";
import { createProducer, type Producer, type ProducerParts } from "../producer/producer.ts";
import { createJobLogKeeper, type JobLogKeeper } from "../results/job-log-keeper.ts";
import { createJobLogStore, type JobLogStore } from "../results/job-log-store.ts";
import { type DeathKeeper, keepDeaths } from "../results/keep-deaths.ts";
import { pruneResults } from "../results/keep-results.ts";
import type { ResultStore } from "../results/result-store.ts";
import { reportEvents } from "./report-events.ts";

/** What exists once the app is used for the first time; from then on nothing can be configured. */
export interface LiveApp {
  readonly broker: ValidatedBroker;
  readonly producer: Producer;
  /** The coordination store of this app, with sets of its own. */
  readonly appCoordination: AppCoordination;
  /** Reports to the monitor, where the app is watched. */
  readonly reporter: EventPublisher | undefined;
  /** Keeps what became of dead jobs, where results are kept. */
  readonly deaths: DeathKeeper | undefined;
  /** Reads and writes lines of `ctx.log`, where there is a coordination store. */
  readonly jobLogs: JobLogs | undefined;
  openQueue(fullName: string): Promise<BrokerQueue>;
}

/** The kept lines of `ctx.log`. */
export interface JobLogs {
  readonly store: JobLogStore;
  readonly keeper: JobLogKeeper;
}

/** What going live takes. */
export type LiveParts = Omit<ProducerParts, "brokerKind" | "openQueue"> & {
  readonly broker: Broker | undefined;
  readonly results: ResultStore | undefined;
};

/** Puts the guard around the broker and a producer on it. @throws ConfigError when there is no broker. */
export function goLive({ broker: given, results, ...parts }: LiveParts): LiveApp {
  if (given === undefined) {
    throw new ConfigError("this app has no broker.", {
      hint: "Pass one to createApp({ broker }), or name one by --broker, JOBS_BROKER or the configuration file.",
    });
  }
  const broker = validateBroker(given);
  const openQueue = openOnce((name) => broker.openQueue(name));
  const { config, runtime, lifecycle } = parts;
  const plain = createProducer({ ...parts, openQueue, brokerKind: broker.kind });
  const reporter = reportEvents({ producer: plain, config, runtime, openQueue, broker: broker.kind });
  const isStrict = reporter !== undefined && config.isMonitorStrict;
  const producer = isStrict ? strictProducer(plain, reporter) : plain;
  if (reporter !== undefined) lifecycle.observe((event) => reporter.observe(event));
  const deaths = results === undefined ? undefined : tendResults(results, parts);
  const { isLocalResultsAllowed: isLocalAllowed, queuePrefix: prefix } = config;
  const appCoordination = openCoordination({ broker, results, isLocalAllowed, prefix });
  return {
    broker,
    openQueue,
    appCoordination,
    producer,
    reporter,
    deaths,
    jobLogs: appCoordination.coordination && keepLogs(appCoordination.coordination, parts),
  };
}

function keepLogs(
  coordination: CoordinationStore,
  { config, runtime }: Pick<LiveParts, "config" | "runtime">,
): JobLogs {
  const store = createJobLogStore(coordination);
  return { store, keeper: createJobLogKeeper({ store, ttlMs: config.worker.resultTtlMs, runtime }) };
}

function tendResults(
  store: ResultStore,
  { config, runtime, lifecycle }: Pick<LiveParts, "config" | "runtime" | "lifecycle">,
): DeathKeeper {
  const deaths = keepDeaths(store, config.worker.resultTtlMs, runtime);
  lifecycle.observe(pruneResults(store, runtime));
  return deaths;
}

/** The same queue for the same name; a failed opening is forgotten, so that the next call tries again. */
function openOnce(open: (name: string) => Promise<BrokerQueue>): (name: string) => Promise<BrokerQueue> {
  const opened = new Map<string, Promise<BrokerQueue>>();
  return (name) => {
    let queue = opened.get(name);
    if (queue === undefined) {
      queue = open(name);
      opened.set(name, queue);
      queue.catch(() => opened.delete(name));
    }
    return queue;
  };
}
