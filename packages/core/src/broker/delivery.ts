/** One lease of a message to one worker. */
export interface Delivery {
  /** The broker's id of the message; the job's id is in the envelope (they differ on SQS). */
  readonly messageId: string;
  /** Envelope text, exactly as it was sent. */
  readonly body: string;
  /** Leases so far, this one included. */
  readonly deliveryCount: number;
  /** Failures recorded by this broker; `null` where it cannot keep them (SQS). */
  readonly failureCount: number | null;
  /** Leases that expired without a later call of their holder; `null` where the broker does not count them. */
  readonly crashCount: number | null;
  /** End of the lease in ms on the monotonic clock, counted from before the request. */
  readonly leaseUntil: number;
  /** Identifies this lease; never reused. Only the holder of the current receipt can settle. */
  readonly receipt: string;
  /**
   * JSON text of the job's value, where an earlier run has completed the job with a transaction of its own, see
   * `BrokerConsumer.complete`. Its handler must not run again; its completion steps and the ack are left.
   */
  readonly completed?: string;
}
