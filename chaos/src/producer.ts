import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { forkBuilt } from "./fork-built.ts";
import type { ProducerOrder, ProducerOrders } from "./process-orders.ts";

/** The process that sends the jobs, a share at a time, so that there is work while faults are caused. */
export class Producer {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;

  constructor(orders: ProducerOrders) {
    this.#child = forkBuilt("producer-process", orders);
    this.#ended = once(this.#child, "exit").then(([code]) => {
      if (code !== 0) throw new Error(`the producer ended with code ${code}.`);
    });
    // Awaited only when the faults are over.
    this.#ended.catch(() => {});
  }

  /** Asks for the next share; shares do not wait for each other. */
  sendShare(): void {
    this.#send("share");
  }

  /** Resolves when all shares are sent. @throws Error when the process ended in another way. */
  finish(): Promise<void> {
    this.#send("no more");
    return this.#ended;
  }

  /** Ends the process where it still runs. */
  end(): void {
    this.#child.kill("SIGKILL");
  }

  #send(order: ProducerOrder): void {
    if (this.#child.connected) this.#child.send(order);
  }
}
