/**
 * A call to a broker has its answer within so long, in ms, unless it says otherwise. The one number for all adapters.
 */
export const CALL_TIMEOUT_MS = 4_500;

/** How long a call may take. */
export interface CallOptions {
  /** Time limit of the call in ms. After it an adapter neither retries nor waits for a connection. */
  readonly timeoutMs?: number | undefined;
}

/** A call with its time limit, as a driver gets it. */
export interface TimedCall {
  readonly timeoutMs: number;
}

/** What is passed where nothing is said. */
export const DEFAULT_CALL: TimedCall = { timeoutMs: CALL_TIMEOUT_MS };
