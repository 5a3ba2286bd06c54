/**
 * Which text a body may have. `any`: every string. `unicode`: no half of a surrogate pair. `unicode-without-nul`: neither
 * that nor U+0000. `xml`: at least one character, and only those of XML 1.0, so hardly a control character.
 */
export type BodyText = "any" | "unicode" | "unicode-without-nul" | "xml";

/**
 * The capabilities of an open queue. They belong to a queue, not to a broker, since SQS standard and FIFO queues
 * differ. Every field is required, so that a new capability does not compile until each adapter declares it. Each
 * adapter lists all fields, although some lists are nearly the same: a shared table could declare what an adapter was
 * not tested for.
 */
export interface Capabilities {
  /** Delayed sends: the longest in ms (`Infinity` = no limit), and the longest in one step. */
  readonly delay: false | { readonly maxMs: number; readonly nativeMs: number };
  /** The longest delay of a retry in ms. */
  readonly retryDelay: { readonly maxMs: number };
  /** The resolution of the broker's time in ms: 1,000 for whole seconds. */
  readonly resolutionMs: number;
  /** Priorities 0 (normal) to `levels - 1` (first). */
  readonly priority: false | { readonly levels: number };
  /**
   * Whether ready jobs of one priority start in the order they were sent. `fifo`: delayed ones come in the order of
   * their due times, and a released one before all others. Retries may come anywhere.
   */
  readonly order: "fifo" | "best-effort";
  /**
   * The effect of `groupKey`: `false` refuses it; `fair` gives each group a fair share. `ordered` delivers one message
   * of a group at a time, in the order of sending.
   */
  readonly groups: false | "fair" | "ordered";
  /**
   * A second send with the same id: `false` stores it again; else it is ignored while the first is stored, or for a
   * time.
   */
  readonly dedupe: false | "while-stored" | { readonly windowMs: number };
  /** The most messages of one receive. */
  readonly maxReceive: number;
  /** The largest body in bytes of UTF-8. */
  readonly maxMessageBytes: number;
  /**
   * Which text a body may have; other text is refused, as the store would change it or not take it. `any`: every string.
   * `unicode`: no half of a surrogate pair. `unicode-without-nul`: nor U+0000. `xml`: not empty, and the characters of
   * XML 1.0 only. The envelope of a job fits them all.
   */
  readonly bodyText: BodyText;
  /** The longest lease of one receive or extend, and the longest in total (`null` = no limit), in ms. */
  readonly lease: { readonly maxMs: number; readonly maxTotalMs: number | null };
  /**
   * From when on a receipt is stale, so that its settlement is refused. `next-lease`: once the message is received again.
   * `lease-end`: already when its lease has ended. `false`: it may never be refused.
   */
  readonly fencing: false | "lease-end" | "next-lease";
  /** The longest time until an aborted receive resolves, in ms. */
  readonly abortMs: number;
  /** The longest extra wait in ms between the end of a lease and its redelivery. */
  readonly recoveryMs: number;
  /** How exact the count of leases is. */
  readonly deliveryCount: "exact" | "approximate";
  /** Whether failures are counted separately from deliveries; if not, core uses `deliveries - 1`. */
  readonly failureCount: "exact" | "none";
  /** Whether leases that expired unsettled are counted, so that a job that kills its workers is recognised. */
  readonly crashCount: "exact" | "none";
  /** Deliveries until the broker itself makes a message a dead letter (`null` = never). */
  readonly maxDeliveries: number | null;
  /** How dead letters are kept. `copy` is send + delete: it may duplicate after a crash, it never loses. */
  readonly deadLetter: false | "native" | "copy";
  /**
   * Whether finished jobs stay in the queue, with their values, for people and for other systems. Then an ack carries
   * the value, and a consumer takes notes.
   */
  readonly keepsFinished: boolean;
  /** Whether messages survive the end of the process. */
  readonly durable: boolean;
  /** Whether the first use creates a queue, or it must exist before. */
  readonly provisioning: "auto" | "external";
  /** How exact the numbers of `stats()` are. */
  readonly stats: "exact" | "approximate";
  /** Reading stored messages without a lease; `dead` when only dead letters can be read. */
  readonly peek: boolean | "dead";
  /** Removing single messages by id. */
  readonly remove: boolean;
  /**
   * Stopping a queue for all workers at once, by the broker. If not, the coordination store does it, where there is one.
   */
  readonly pause: boolean;
  /** Emptying a queue. `eventual`: messages may still arrive for a while. */
  readonly purge: false | "immediate" | "eventual";
  /** Moving dead letters back to ready. */
  readonly redrive: boolean;
  /**
   * Sending, and completing a leased message, within a transaction of the caller: in the broker's own database, or in
   * that of an inbox. `BrokerConsumer` then has `complete` and `isCompleted`.
   */
  readonly transactions: boolean;
}
