import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** What a program has printed: an object a line. */
export type Line = Readonly<Record<string, unknown>>;

/** A program in a process of its own. It reads and writes lines of JSON, and stops at SIGTERM or at the end of its input. */
export class LineProcess implements AsyncDisposable {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #closed: Promise<unknown>;
  readonly #lines: Line[] = [];
  readonly #checks = new Set<() => void>();
  #errors = "";

  /** Starts a file of `processes/`, with Node unless another program is named. */
  constructor(file: string, options: Line, program: string = process.execPath) {
    const path = fileURLToPath(new URL(`./processes/${file}`, import.meta.url));
    this.#child = spawn(program, [path, JSON.stringify(options)]);
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#errors = (this.#errors + text).slice(-4_000);
    });
    createInterface(this.#child.stdout).on("line", (line) => {
      this.#lines.push(JSON.parse(line));
      for (const check of this.#checks) check();
    });
    // A write to a process that has ended; its end is reported instead.
    this.#child.stdin.on("error", () => {});
    this.#closed = once(this.#child, "close").finally(() => {
      for (const check of this.#checks) check();
    });
  }

  /** The lines with a field, such as `ran`. */
  linesWith(field: string): readonly Line[] {
    return this.#lines.filter((line) => Object.hasOwn(line, field));
  }

  /**
   * Resolves with the lines with a field as soon as there are `count`.
   * @throws Error with what the program wrote to stderr, when it ends before.
   */
  async untilLines(field: string, count: number): Promise<readonly Line[]> {
    const { promise, resolve, reject } = deferred();
    const check = () => {
      if (this.linesWith(field).length >= count) resolve();
      else if (this.#hasEnded)
        reject(new Error(`it ended before ${count} lines of ${field}:\n${this.#errors}`));
    };
    this.#checks.add(check);
    check();
    await promise.finally(() => this.#checks.delete(check));
    return this.linesWith(field);
  }

  write(input: unknown): void {
    this.#child.stdin.write(`${JSON.stringify(input)}\n`);
  }

  /** Asks it to stop, and waits for its end. @throws Error when it does not end by itself with the exit code 0. */
  async stop(): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#closed;
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== 0) throw new Error(`it ended with ${exitCode ?? signalCode}:\n${this.#errors}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#hasEnded) this.#child.kill("SIGKILL");
    await this.#closed;
  }

  get #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }
}

/** `Promise.withResolvers` is not in Node 20. */
function deferred() {
  let resolve = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<void>((fulfil, fail) => {
    [resolve, reject] = [fulfil, fail];
  });
  return { promise, resolve, reject };
}
