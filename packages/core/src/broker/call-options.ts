/** The default time limit of a call to a broker, in ms. All adapters use this one number. */
export const CALL_TIMEOUT_MS = 4_500;

/** How long a call may take. */
export interface CallOptions {
  /**
   * Time limit of the call in ms. After it an adapter neither retries nor waits for a connection. Default
   * {@link CALL_TIMEOUT_MS}.
   */
  readonly timeoutMs?: number | undefined;
}

/** A call with its time limit, as a driver gets it. */
export interface TimedCall {
  readonly timeoutMs: number;
}

/** How messages are sent. */
export interface SendOptions extends CallOptions {
  /**
   * An open transaction of the caller in the broker's own database, as the caller's driver has it. The messages exist
   * if and only if it commits, and until then nobody else sees them. Only where `capabilities.transactions`. Default:
   * none.
   */
  readonly transaction?: object;
  /** What `Broker.transactionId` has returned for it, if it was asked. Nothing is stored in another transaction. */
  readonly transactionId?: Promise<unknown> | undefined;
  /**
   * With a transaction: this send waits while another open transaction has sent with one of these keys. So the messages
   * of a key are stored in the order of their commits. Default: none.
   */
  readonly orderKeys?: readonly string[] | undefined;
}

/** How a message is marked as completed. */
export interface CompleteOptions extends CallOptions {
  /** As in {@link SendOptions}. */
  readonly transaction: object;
}

/** A send with its time limit, as a driver gets it. */
export type TimedSend = SendOptions & TimedCall;

/** The options of a call whose caller has set none. */
export const DEFAULT_CALL: TimedCall = { timeoutMs: CALL_TIMEOUT_MS };
