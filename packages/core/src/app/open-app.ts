import type { BrokerQueue } from "../broker/broker.ts";
import type { ValidatedBroker } from "../broker/broker-validator.ts";
import type { CoordinationStore } from "../coordination/coordination-store.ts";
import { type AppCoordination, openCoordination } from "../coordination/open-coordination.ts";
import { ConfigError } from "../errors/config-errors.ts";
import { strictProducer } from "../history/event-publisher.ts";
import type { HistoryStore } from "../history/history-store.ts";
import type { Instrumentation, InstrumentationHooks, InstrumentedApp } from "../job/instrumentation.ts";
import type { Lifecycle } from "../job/lifecycle.ts";
import { createProducer, type Producer } from "../producer/producer.ts";
import { createJobLogKeeper, type JobLogKeeper } from "../results/job-log-keeper.ts";
import { createJobLogStore, type JobLogStore } from "../results/job-log-store.ts";
import { type DeathKeeper, keepDeaths } from "../results/keep-deaths.ts";
import { pruneRegularly } from "../results/prune-regularly.ts";
import type { ResultStore } from "../results/result-store.ts";
import { isThenable, onRejection } from "../runtime/call-listener.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { SignatureAnnouncer } from "../worker/presence/announce-signatures.ts";
import { FAKE_ADVICE, isUnderTestRunner } from "./advice-in-tests.ts";
import type { AppDefinition } from "./app-definition.ts";
import { reportEvents } from "./report-events.ts";

/** An open app with its broker. */
export interface OpenApp extends OpenAppParts {
  readonly broker: ValidatedBroker;
  readonly producer: Producer;
  /** The hooks of its instrumentation, if it has one. */
  readonly hooks: InstrumentationHooks | undefined;
  /** The coordination store of this app, with prefixed sets. */
  readonly appCoordination: AppCoordination;
  /** Keeps the results of dead jobs, if there is a result store. */
  readonly deaths: DeathKeeper | undefined;
  /** Reads and writes lines of `ctx.log`, where there is a coordination store. */
  readonly jobLogs: JobLogs | undefined;
  /** Announces the signatures of its tasks, where the broker has a coordination store. */
  readonly announcer: SignatureAnnouncer | undefined;
  /** The same queue for the same full name; opened by the first call. */
  openQueue(fullName: string): Promise<BrokerQueue>;
  /**
   * Stores what is pending within a time limit: events of the monitor, results of dead jobs, lines of `ctx.log`, the
   * signatures that it announces.
   */
  flush(): Promise<void>;
}

/** The kept lines of `ctx.log`. */
export interface JobLogs {
  readonly store: JobLogStore;
  readonly keeper: JobLogKeeper;
}

/** The parts that an app is opened from. */
export interface OpenAppParts {
  readonly definition: AppDefinition;
  readonly lifecycle: Lifecycle;
  readonly runtime: Runtime;
  /** Wraps the producer of all jobs of the app. Default: the plain one. */
  readonly wrapProducer?: ((producer: Producer) => Producer) | undefined;
}

/** Opens an app. The first use of each queue opens it. @throws ConfigError when there is no broker */
export function openApp(parts: OpenAppParts): OpenApp {
  const { definition, lifecycle, runtime, wrapProducer = (producer) => producer } = parts;
  const { tasks, config, results, history, broker, instrumentation } = definition;
  if (broker === undefined) {
    throw new ConfigError("this app has no broker.", {
      hint:
        "Pass one to createApp({ broker }), or name one by --broker, JOBS_BROKER or the configuration file. " +
        `These three apply only after the app's module is loaded.${isUnderTestRunner() ? ` ${FAKE_ADVICE}` : ""}`,
    });
  }
  const openQueue = openOnce((name) => broker.openQueue(name));
  const { kind: brokerKind, transactionId } = broker;
  const hooks =
    instrumentation && hooksOf(instrumentation, { broker: brokerKind, queuePrefix: config.queuePrefix });
  const sending = { tasks, config, lifecycle, runtime, openQueue, brokerKind, transactionId };
  // The events of a monitor are sent without hooks: they are no work of the application.
  const plain = createProducer(sending);
  const hooked = hooks === undefined ? plain : createProducer({ ...sending, hooks });
  const reported = { producer: plain, config, history, runtime, openQueue, broker: broker.kind };
  const { monitor, observe, close: closeReporter } = reportEvents(reported);
  const isStrict = monitor !== undefined && config.isMonitorStrict;
  const producer = wrapProducer(isStrict ? strictProducer(hooked, monitor) : hooked);
  if (hooks?.observe !== undefined) lifecycle.observe(hooks.observe);
  if (observe !== undefined) lifecycle.observe(observe);
  if (history !== undefined) tendHistory(history, parts);
  const deaths = results === undefined ? undefined : tendResults(results, parts);
  const { isLocalResultsAllowed: isLocalAllowed, queuePrefix: prefix } = config;
  const appCoordination = openCoordination({ broker, results, isLocalAllowed, prefix });
  const jobLogs = appCoordination.coordination && keepLogs(appCoordination.coordination, parts);
  const announcer = appCoordination.ofBroker && announceSignatures(appCoordination.ofBroker, parts);
  return {
    ...parts,
    broker,
    openQueue,
    appCoordination,
    producer,
    hooks,
    deaths,
    jobLogs,
    announcer,
    async flush() {
      await Promise.all([closeReporter(), deaths?.close(), jobLogs?.keeper.close(), announcer?.end()]);
    },
  };
}

/** @throws ConfigError for a promise, in which no hook would be found */
function hooksOf(instrumentation: Instrumentation, app: InstrumentedApp): InstrumentationHooks {
  const hooks = instrumentation(app);
  if (!isThenable(hooks)) return hooks;
  onRejection(hooks);
  throw new ConfigError("instrumentation must return its hooks at once; it returned a promise.", {
    hint: "Await what it needs before createApp.",
  });
}

/** Without tasks there is nothing to announce. */
function announceSignatures(
  coordination: CoordinationStore,
  { definition: { tasks, config }, runtime, lifecycle }: OpenAppParts,
): SignatureAnnouncer | undefined {
  if (tasks.tasks.length === 0) return undefined;
  const { release } = config;
  const announcer = new SignatureAnnouncer({ coordination, runtime, tasks: tasks.tasks, release });
  announcer.observeProducer(lifecycle);
  return announcer;
}

/** What a worker reads another broker with. Its flows go on there, and all else is that of the app. */
export interface OtherBroker extends Pick<OpenApp, "broker" | "openQueue" | "appCoordination"> {
  /** Sends the next jobs of its flows. */
  readonly producer: Producer;
}

/** Opens a broker beside that of the app. Whoever made it closes it. */
export function openOtherBroker(
  broker: ValidatedBroker,
  { definition, lifecycle, runtime, hooks, wrapProducer = (producer) => producer }: OpenApp,
): OtherBroker {
  const { tasks, config, results } = definition;
  const { isLocalResultsAllowed: isLocalAllowed, queuePrefix: prefix } = config;
  const openQueue = openOnce((name) => broker.openQueue(name));
  const { kind: brokerKind, transactionId } = broker;
  const sending = { tasks, config, lifecycle, runtime, openQueue, brokerKind, transactionId };
  return {
    broker,
    openQueue,
    appCoordination: openCoordination({ broker, results, isLocalAllowed, prefix }),
    producer: wrapProducer(createProducer(hooks === undefined ? sending : { ...sending, hooks })),
  };
}

function keepLogs(
  coordination: CoordinationStore,
  { definition: { config }, runtime }: OpenAppParts,
): JobLogs {
  const store = createJobLogStore(coordination);
  return { store, keeper: createJobLogKeeper({ store, ttlMs: config.worker.resultTtlMs, runtime }) };
}

function tendResults(
  store: ResultStore,
  { definition: { config }, runtime, lifecycle }: OpenAppParts,
): DeathKeeper {
  const deaths = keepDeaths(store, config.worker.resultTtlMs, runtime);
  const failed = "old results could not be removed; tried again later";
  lifecycle.observe(pruneRegularly(() => store.prune(), failed, runtime));
  return deaths;
}

/** Its workers forget what is too old or too much. */
function tendHistory(
  store: HistoryStore,
  { definition: { config }, runtime, lifecycle }: OpenAppParts,
): void {
  const { historyTtlMs: olderThanMs, historyMaxJobs: maxJobs } = config.worker;
  const failed = "old jobs could not be removed from the history; tried again later";
  lifecycle.observe(pruneRegularly(() => store.prune({ olderThanMs, maxJobs }), failed, runtime));
}

/** Returns the same queue for the same name. After a failure the next call tries again. */
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
