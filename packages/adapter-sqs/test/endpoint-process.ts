import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { QueueSpec } from "@jobs/test-servers";

const PROGRAM = fileURLToPath(new URL("./processes/endpoint.mjs", import.meta.url));

/** An endpoint in a process of its own: hundreds of tests at the same time are work enough for one. */
export class EndpointProcess {
  readonly url: string;
  readonly #child: ChildProcess;
  #asked = 0;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
    child.setMaxListeners(0);
  }

  static async start(): Promise<EndpointProcess> {
    const child = fork(PROGRAM, { execArgv: [] });
    const [{ url }] = (await once(child, "message")) as [{ readonly url: string }];
    return new EndpointProcess(child, url);
  }

  /** Makes a queue, as a person with other rights would. */
  createQueue(spec: QueueSpec): Promise<void> {
    const id = ++this.#asked;
    return new Promise((resolve) => {
      const onAnswer = (answer: { readonly id: number }) => {
        if (answer.id !== id) return;
        this.#child.off("message", onAnswer);
        resolve();
      };
      this.#child.on("message", onAnswer);
      this.#child.send({ id, spec });
    });
  }

  async close(): Promise<void> {
    const ended = once(this.#child, "exit");
    this.#child.kill();
    await ended;
  }
}
