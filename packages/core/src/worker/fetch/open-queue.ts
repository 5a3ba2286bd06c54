import type { ValidatedConsumer } from "../../broker/broker-validator.ts";

/** A queue with its open consumer. */
export interface OpenQueue {
  /** Name without prefix. */
  readonly name: string;
  /** Name on the broker. */
  readonly fullName: string;
  readonly weight: number;
  /** Names of the tasks whose jobs go to it. */
  readonly tasks: readonly string[];
  /** The shortest interval of its tasks, see `TaskSettings.pollIntervalMs`. */
  readonly pollIntervalMs: number;
  readonly consumer: ValidatedConsumer;
  /** Opens another consumer in place of one that does not answer any more. */
  reopen(): Promise<ValidatedConsumer>;
}
