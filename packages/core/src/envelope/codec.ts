import type { Envelope } from "./envelope.ts";

/** What a codec reads: the fields of a body that is one JSON object, and the broker's id of the message. */
export interface ForeignMessage {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly messageId: string;
}

/** Reads the bodies of another system's jobs, so that its queues can be drained by our handlers. Never writes them. */
export interface Codec {
  /** The job; `undefined` for a body that is not of that system. @throws MalformedMessageError for one that is, but broken. */
  decode(message: ForeignMessage): Envelope | undefined;
}
