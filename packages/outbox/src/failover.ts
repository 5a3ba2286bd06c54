import { type Broker, FAILOVER_QUEUE, validateBroker } from "@jobs/core/broker";
import { checkArgument, optionsCheck, required, optionRules as rule } from "@jobs/core/runtime";
import { FailoverBroker } from "./failover-broker.ts";
import type { BrokerWithFailover, FailoverEvent, FailoverOptions } from "./failover-options.ts";
import { publishEvent } from "./publish-event.ts";

const checkOptions = optionsCheck<FailoverOptions>({
  spool: required(rule.broker),
  queue: rule.queueName,
  onEvent: rule.func,
});

/**
 * A broker whose jobs are kept in `spool` while it cannot be reached, and sent to it later under the same ids. So an
 * enqueue is not refused. If the answer to a send was lost, the broker may get the job twice; most brokers find that by
 * its id. Workers use the broker itself.
 * @throws ConfigError for options that cannot be used
 */
export function failover(broker: Broker, options: FailoverOptions): BrokerWithFailover {
  checkArgument(broker, "failover(): the broker", rule.broker);
  checkOptions(options, "failover()");
  const { spool, queue = FAILOVER_QUEUE, onEvent = (event: FailoverEvent) => warnOf(event, queue) } = options;
  const withSpool = new FailoverBroker(validateBroker(broker), {
    spool: validateBroker(spool),
    queue,
    onEvent: (event) => publishEvent(() => onEvent(event)),
  });
  const spoolStats = () => withSpool.spoolStats();
  return Object.assign(validateBroker(withSpool.asBroker()), { spoolStats });
}

function warnOf(event: FailoverEvent, queue: string): void {
  const type = "JobsFailoverWarning";
  if (event.type === "spool_failed")
    process.emitWarning(`jobs cannot be kept while the broker is away: ${event.error.message}`, { type });
  if (event.type === "send_failed")
    process.emitWarning(`jobs that are kept cannot be sent, and wait: ${event.error.message}`, { type });
  if (event.type === "moved" && event.refused > 0)
    process.emitWarning(`jobs of the spool are refused by the broker: see jobs dlq list --queues ${queue}`, {
      type,
    });
}
