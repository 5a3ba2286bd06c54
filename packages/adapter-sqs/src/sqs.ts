import { type Broker, validateBroker } from "@jobs/core/broker";
import { createSharedAbort, optionsCheck, optionRules as rule, systemClock } from "@jobs/core/runtime";
import type { BrokerSession, Pace } from "./broker-session.ts";
import { sqsCapabilities } from "./capabilities.ts";
import { type ClientOptions, checkClientOptions } from "./client/client-options.ts";
import { KIND } from "./client/sqs-fault.ts";
import { SqsLink } from "./client/sqs-link.ts";
import { createInvocations, INVOCATIONS } from "./lambda/invocation.ts";
import { sqsName } from "./queue/queue-name.ts";
import { QueueRegistry } from "./queue/queue-registry.ts";
import { SqsQueue } from "./queue/sqs-queue.ts";
import { SqsConsumer } from "./receive/sqs-consumer.ts";

/** Options of {@link sqs}. */
export interface SqsOptions extends ClientOptions {
  /** The prefix of all queue names, before the app's own `queuePrefix`. Default: none. */
  readonly prefix?: string;
  /** The account that owns the queues, if it is not that of the credentials. */
  readonly accountId?: string;
}

const checkOptions = optionsCheck<SqsOptions>({
  region: rule.text,
  endpoint: rule.text,
  client: rule.object,
  transport: rule.oneOf("direct", "sdk"),
  prefix: rule.textOrEmpty,
  accountId: rule.text,
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
  const { prefix = "", accountId } = options;
  const closing = createSharedAbort();
  const link = new SqsLink(options);
  const queues = new QueueRegistry({ link, prefix, accountId });
  const session: BrokerSession = { link, queues, pace: { ...USUAL_PACE, ...pace }, closed: closing.signal };
  const invocations = createInvocations((name) => sqsName(prefix, name));
  const broker = validateBroker({
    kind: KIND,
    reach: "network",
    limits: sqsCapabilities(),
    requests: () => link.requests.list(),
    openQueue: async (name) => new SqsQueue(session, name, await queues.find(name)),
    async openConsumer(name, { leaseMs, holder }) {
      const record = await queues.find(name);
      const consumer = new SqsConsumer(session, name, record, leaseMs);
      const invocation = invocations.find(holder);
      return invocation?.open(record.fullName, consumer, { leaseMs, clock: session.pace.clock }) ?? consumer;
    },
    async close() {
      closing.abort();
      await link.close();
    },
  });
  return Object.defineProperty(broker, INVOCATIONS, { value: invocations });
}
