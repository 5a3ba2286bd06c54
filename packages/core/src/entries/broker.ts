// For adapters: the broker and its messages, the stores, the wire envelope, and their errors.

export type {
  AdapterDescriptor,
  AdapterOptions,
  AdapterSetup,
  Infrastructure,
  InfrastructureNeeds,
  QueueNeeds,
  StoreRole,
  TargetOption,
} from "../adapter/adapter-descriptor.ts";
export type {
  Broker,
  BrokerConsumer,
  BrokerQueue,
  BrokerRequests,
  ConsumerOptions,
  JobNote,
  ReceiveOptions,
  SettledAndReceived,
  TimedReceive,
} from "../broker/broker.ts";
export { type ValidatedBroker, validateBroker } from "../broker/broker-validator.ts";
export {
  CALL_TIMEOUT_MS,
  type CallOptions,
  type CompleteOptions,
  type SendOptions,
  type TimedCall,
  type TimedSend,
} from "../broker/call-options.ts";
export type { BodyText, Capabilities } from "../broker/capabilities.ts";
export type { Delivery } from "../broker/delivery.ts";
export type { Diagnosis, QueueUse } from "../broker/diagnosis.ts";
export type { OutgoingMessage, RestoredMessage, SendResult } from "../broker/message.ts";
export { type PeekPagesOptions, peekPages, scanPages } from "../broker/peek-pages.ts";
export {
  FAILOVER_QUEUE,
  fullQueueName,
  INBOX_QUEUE,
  OUTBOX_QUEUE,
  type QueueWarning,
  routedQueue,
  unusedQueue,
} from "../broker/queue-name.ts";
export { type Count, growthPerSecond, leftOf, type QueueStats } from "../broker/queue-stats.ts";
export { isJobId, JOB_ID_FORM, refusalOfRestored } from "../broker/refusals.ts";
export {
  countsAsFailure,
  DEAD_REASONS,
  type DeadReason,
  type ExtendResult,
  type Settlement,
  type SettlementAction,
  type SettleResult,
} from "../broker/settlement.ts";
export type {
  SchemaMigration,
  SchemaMigrationOptions,
  StoreAccess,
  StoredRecords,
  StoreSchema,
} from "../broker/store-schema.ts";
export {
  type HiddenLetters,
  type MessageState,
  type PeekedState,
  type PeekOptions,
  type PeekPage,
  type RedriveOptions,
  type RedriveResult,
  type RemoveResult,
  type ScannedMessage,
  type ScanOptions,
  type ScanPage,
  type StoredMessage,
  wrongCursor,
} from "../broker/stored-message.ts";
export type { ValidatedConsumer } from "../broker/validate-consumer.ts";
export {
  type CoordinationEntry,
  type CoordinationStore,
  UNTIL_REMOVED_MS,
} from "../coordination/coordination-store.ts";
export { REACHES, type Reach } from "../coordination/reach.ts";
export { readRecord } from "../coordination/read-record.ts";
export { CODEC_NAMES, type CodecName, codecOf } from "../envelope/codecs/codecs.ts";
export { decodeEnvelope, enqueueTimeOf, readEnvelope, storedIdOf } from "../envelope/decode.ts";
export { encodeEnvelope } from "../envelope/encode.ts";
export {
  ENVELOPE_VERSION,
  type Envelope,
  isNextGroup,
  type JsonObject,
  type JsonValue,
  type NextGroup,
  type NextJob,
  type NextStep,
  useOfId,
} from "../envelope/envelope.ts";
export { ENVELOPE_TEXT } from "../envelope/shared-text.ts";
export {
  AccessDeniedError,
  type BrokerTarget,
  EnvelopeVersionError,
  InvalidAnswerError,
  isUntrustedServer,
  LeaseLostError,
  MalformedMessageError,
  QueueNotFoundError,
  UnsupportedError,
} from "../errors/broker-errors.ts";
export { type ConnectionCause, connectionCause, systemCode } from "../errors/connection-cause.ts";
export {
  deadLetterError,
  errorOf,
  type SerializedError,
  serializeError,
} from "../errors/serialized-error.ts";
export { type EventSink, type HistoryEvent, readHistoryEvent } from "../history/history-event.ts";
export {
  type EventsAfter,
  type EventsPage,
  fitsQuery,
  HISTORY_PAGE,
  type HistoryPage,
  type HistoryQuery,
  type HistoryRetention,
  type HistorySpan,
  type HistoryStore,
  type HistoryTotals,
  LATEST_EVENT,
  type ListPosition,
  listCursor,
  listPosition,
  MAX_HISTORY_PAGE,
  TOTALS_TTL_MS,
  unknownCursor,
} from "../history/history-store.ts";
export { addTotals, compareTotals, totalsKey, totalsOf } from "../history/history-totals.ts";
export {
  foldEvent,
  foldEvents,
  HISTORY_STATES,
  type HistoryState,
  isJobRecord,
  type JobRecord,
  type KeptJob,
  readKeptJob,
} from "../history/job-record.ts";
export { MONITOR_TASK } from "../history/monitor-task.ts";
export { validateHistory } from "../history/validate-history.ts";
export { escapeText, unescapeText } from "../json/escape-text.ts";
export type { JobLogLine, JobLogLines } from "../results/job-log-store.ts";
export { type ResultStore, readResult, staysKept } from "../results/result-store.ts";
export { checkResultsReach, type ResultsLocation } from "../results/results-reach.ts";
export {
  type CountSignaturesOptions,
  countSignatures,
  type SignatureCount,
  type SignatureCounts,
} from "../stored/count-signatures.ts";
