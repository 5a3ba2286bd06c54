export { createOutbox, type OutboxOptions } from "./create-outbox.ts";
export {
  createRelay,
  type Relay,
  type RelayEvent,
  type RelayOptions,
  type RelayReport,
} from "./create-relay.ts";
export { type FailoverOptions, failover } from "./failover.ts";
