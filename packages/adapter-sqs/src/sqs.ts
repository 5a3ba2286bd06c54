import { ConfigError } from "@jobs/core";
import { type Broker, validateBroker } from "@jobs/core/broker";
import { createSharedAbort, optionsCheck, optionRules as rule, systemClock } from "@jobs/core/runtime";
import type { BrokerSession, Pace } from "./broker-session.ts";
import { sqsCapabilities } from "./capabilities.ts";
import { type ClientOptions, checkClientOptions } from "./client/client-options.ts";
import { KIND } from "./client/sqs-fault.ts";
import { SqsLink } from "./client/sqs-link.ts";
import { createInvocations, INVOCATIONS } from "./lambda/invocation.ts";
import { isFifoName, sqsName } from "./queue/queue-name.ts";
import { QueueRegistry } from "./queue/queue-registry.ts";
import { SqsQueue } from "./queue/sqs-queue.ts";
import { SqsConsumer } from "./receive/sqs-consumer.ts";

/** Options of {@link sqs}. */
export interface SqsOptions extends ClientOptions {
  /** The prefix of all queue names, before the app's own `queuePrefix`. Default: none. */
  readonly prefix?: string;
  /** The account that owns the queues, if it is not that of the credentials. */
  readonly accountId?: string;
  /**
   * The most jobs that one message of a standard queue may hold, 1 to 100. Jobs that are enqueued at once then take fewer
   * requests, but a worker that dies repeats all jobs of its messages. Default 1. Every worker reads such messages,
   * whatever its own value. Refused for FIFO queues.
   */
  readonly jobsPerMessage?: number;
}

/** The most jobs of a message. A crash repeats them all, and a hundred take few enough requests. */
const MAX_JOBS = 100;

const checkOptions = optionsCheck<SqsOptions>({
  region: rule.text,
  endpoint: rule.text,
  client: rule.object,
  transport: rule.oneOf("direct", "sdk"),
  prefix: rule.textOrEmpty,
  accountId: rule.text,
  jobsPerMessage: rule.whole(1, MAX_JOBS),
});

/** The values of SQS. */
const USUAL_PACE: Pace = { clock: systemClock, maxDelaySeconds: 900, lookSeconds: 1 };

/**
 * A broker on Amazon SQS. Its queues must exist: it creates, deletes and lists none. The first queue opens the
 * connection.
 * @throws ConfigError for options that cannot be used.
 */
export function sqs(options: SqsOptions = {}): Broker {
  return createSqsBroker(options, {});
}

/** The broker with other times, for tests. */
export function createSqsBroker(options: SqsOptions, pace: Partial<Pace>): Broker {
  checkOptions(options, "sqs()");
  checkClientOptions(options);
  const { prefix = "", accountId, jobsPerMessage = 1 } = options;
  const closing = createSharedAbort();
  const link = new SqsLink(options);
  const queues = new QueueRegistry({ link, prefix, accountId });
  const session: BrokerSession = {
    link,
    queues,
    pace: { ...USUAL_PACE, ...pace },
    jobsPerMessage,
    consumers: new Set(),
    closed: closing.signal,
  };
  const find = async (name: string) => {
    if (jobsPerMessage > 1 && isFifoName(name)) throw fifoBundles(name);
    return queues.find(name);
  };
  const invocations = createInvocations((name) => sqsName(prefix, name));
  const broker = validateBroker({
    kind: KIND,
    reach: "network",
    limits: sqsCapabilities(),
    requests: () => link.requests.list(),
    openQueue: async (name) => new SqsQueue(session, name, await find(name)),
    async openConsumer(name, { leaseMs, holder }) {
      const record = await find(name);
      const consumer = new SqsConsumer(session, name, record, leaseMs);
      const invocation = invocations.find(holder);
      return invocation?.open(record.fullName, consumer, { leaseMs, clock: session.pace.clock }) ?? consumer;
    },
    async close() {
      closing.abort();
      await Promise.all([...session.consumers].map((consumer) => consumer.close()));
      await link.close();
    },
  });
  return Object.defineProperty(broker, INVOCATIONS, { value: invocations });
}

function fifoBundles(name: string): ConfigError {
  return new ConfigError(`jobsPerMessage of sqs() cannot be used with queue "${name}": it is a FIFO queue.`, {
    hint: "Leave jobsPerMessage out, or use a broker of its own for FIFO queues: SQS keeps the order of messages only.",
  });
}
