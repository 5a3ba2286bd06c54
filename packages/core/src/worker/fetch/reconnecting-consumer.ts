import type { ValidatedConsumer } from "../../broker/broker-validator.ts";

/** The consumer of one queue. Another takes its place when it does not answer any more. */
export class ReconnectingConsumer {
  #current: ValidatedConsumer;
  readonly #open: () => Promise<ValidatedConsumer>;

  constructor(first: ValidatedConsumer, open: () => Promise<ValidatedConsumer>) {
    this.#current = first;
    this.#open = open;
  }

  get current(): ValidatedConsumer {
    return this.#current;
  }

  /** Opens another one; until it is there, this one is in use. */
  replace(): void {
    const old = this.#current;
    this.#open().then(
      (consumer) => {
        this.#current = consumer;
        old.close().catch(() => {});
      },
      () => {
        // The next receive on the old consumer fails as well and comes back here.
      },
    );
  }
}
