export { createInbox, type InboxOptions } from "./create-inbox.ts";
export { createOutbox, type OutboxOptions } from "./create-outbox.ts";
export { createRelay } from "./create-relay.ts";
export { failover } from "./failover.ts";
export type { BrokerWithFailover, FailoverEvent, FailoverOptions, SpoolStats } from "./failover-options.ts";
export type { Relay, RelayEvent, RelayOptions, RelayReport, RelayState, RelayStats } from "./relay.ts";
