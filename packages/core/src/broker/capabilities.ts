/**
 * Which text a body may have. `any`: every string. `unicode`: no half of a surrogate pair. `unicode-without-nul`: neither
 * that nor U+0000. `xml`: at least one character, and only those of XML 1.0, so hardly a control character.
 */
export type BodyText = "any" | "unicode" | "unicode-without-nul" | "xml";

/**
 * What an opened queue can do. Capabilities belong to a queue, not to a broker: SQS standard, FIFO, with or without
 * a dead-letter queue differ. Every field is required, so a new capability does not compile until each adapter has
 * answered for it.
 */
export interface Capabilities {
  /** Delayed sends: the longest in ms (`Infinity` = no limit), and up to which the broker does it in one step. */
  readonly delay: false | { readonly maxMs: number; readonly nativeMs: number };
  /** The longest delay of a retry in ms. */
  readonly retryDelay: { readonly maxMs: number };
  /** Steps in which the broker measures time, in ms: 1,000 where it knows whole seconds only. */
  readonly resolutionMs: number;
  /** Priorities 0 (normal) to `levels - 1` (first). */
  readonly priority: false | { readonly levels: number };
  /** Whether ready jobs of one priority start in the order they were sent. */
  readonly order: "fifo" | "best-effort";
  /** What `groupKey` does: nothing (it is refused), a fair share for each group, or one message of a group at a time in the order of sending. */
  readonly groups: false | "fair" | "ordered";
  /** What a second send with the same id does: nothing is known of it, ignored while the first is stored, or within a window. */
  readonly dedupe: false | "while-stored" | { readonly windowMs: number };
  /** The most messages one receive brings. */
  readonly maxReceive: number;
  /** The largest body in bytes of UTF-8. */
  readonly maxMessageBytes: number;
  /**
   * Which text a body may have; other text is refused, as the store would change it or not take it. `any`: every string.
   * `unicode`: no half of a surrogate pair. `unicode-without-nul`: nor U+0000. `xml`: not empty, and the characters of
   * XML 1.0 only. The envelope of a job fits them all.
   */
  readonly bodyText: BodyText;
  /** The longest lease that one receive or extend can grant, and the longest in total (`null` = no limit), in ms. */
  readonly lease: { readonly maxMs: number; readonly maxTotalMs: number | null };
  /** A stale settle is always refused and reported. */
  readonly fencing: boolean;
  /** Within how many ms an aborted receive resolves. */
  readonly abortMs: number;
  /** Extra wait in ms between the end of a lease and its redelivery. */
  readonly recoveryMs: number;
  /** How far the count of leases can be trusted. */
  readonly deliveryCount: "exact" | "approximate";
  /** Whether failures are counted apart from deliveries; where not, core takes `deliveries - 1` for them. */
  readonly failureCount: "exact" | "none";
  /** Whether leases that expired unsettled are counted, so that a job which kills its workers can be told. */
  readonly crashCount: "exact" | "none";
  /** After how many deliveries the broker itself sets a message aside (`null` = never). */
  readonly maxDeliveries: number | null;
  /** How dead letters are kept. `copy` is send + delete: it may duplicate after a crash, it never loses. */
  readonly deadLetter: false | "native" | "copy";
  /** Whether messages survive the end of the process. */
  readonly durable: boolean;
  /** Whether a queue comes to be by using it, or must exist beforehand. */
  readonly provisioning: "auto" | "external";
  /** How far the numbers of `stats()` can be trusted. */
  readonly stats: "exact" | "approximate";
  /** Looking at stored messages without leasing them; `dead` where only dead letters can be looked at. */
  readonly peek: boolean | "dead";
  /** Taking single messages out by id. */
  readonly remove: boolean;
  /** Stopping a queue for all workers at once. */
  readonly pause: boolean;
  /** Emptying a queue. `eventual`: messages may still arrive for a while. */
  readonly purge: false | "immediate" | "eventual";
  /** Putting dead letters back in line. */
  readonly redrive: boolean;
}
