import { MalformedMessageError } from "../../errors/broker-errors.ts";
import type { Envelope } from "../envelope.ts";

/** The input of a codec: the fields of a body that is one JSON object, and the broker's message id. */
export interface ForeignMessage {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly messageId: string;
}

/** Reads the bodies of another system's jobs, so that our handlers can drain its queues. It never writes them. */
export interface Codec {
  /** The JSON in a body that the system may wrap in another encoding; `undefined` for a body that is not wrapped. */
  unwrap?(body: string): string | undefined;
  /**
   * The job; `undefined` for a body that is not of that system.
   * @throws MalformedMessageError for a broken body of that system
   */
  decode(message: ForeignMessage): Envelope | undefined;
}

/** The time of a job whose body contains none. Its age is unknown, so only its deliveries limit how long it is held. */
export const UNKNOWN_TIME = new Date(0).toISOString();

/** The error for a body that is of the system, but cannot be run. */
export function notAJobOf(system: string, reason: string, hint?: string): MalformedMessageError {
  return new MalformedMessageError(`the message is not a job of ${system}: ${reason}.`, { hint });
}
