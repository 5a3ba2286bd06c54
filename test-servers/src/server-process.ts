import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endWithThisProcess } from "./end-with-this-process.ts";

/** A user of this machine. */
export interface SystemUser {
  readonly uid: number;
  readonly gid: number;
}

/** A program and the user that runs it. */
export interface ServerProgram {
  /** Names its folder and its errors: `redis`. */
  readonly name: string;
  readonly path: string;
  /** The user that runs it and owns its folder. Default: the user of the tests. */
  readonly user?: SystemUser | undefined;
}

/** A running server program with its own folder. It ends with this process at the latest, however that ends. */
export class ServerProcess implements AsyncDisposable {
  /** For its data and settings; removed with it. */
  readonly folder: string;
  readonly #program: ServerProgram;
  #child: ChildProcess | undefined;

  constructor(program: ServerProgram) {
    this.#program = program;
    this.folder = mkdtempSync(join(tmpdir(), `jobs-${program.name}-`));
    if (program.user !== undefined) chownSync(this.folder, program.user.uid, program.user.gid);
  }

  /** Starts it, and resolves when its log contains `readyWord`. @throws Error with its log when it ends before. */
  async start(args: readonly string[], readyWord: string): Promise<void> {
    const { name, path, user } = this.#program;
    if (this.#child !== undefined) throw new Error(`this ${name} runs already.`);
    const child = spawn(path, args, { cwd: this.folder, stdio: ["ignore", "pipe", "pipe"], ...user });
    this.#child = child;
    child.once("exit", () => {
      this.#child = undefined;
    });
    endWithThisProcess(child, this.folder);
    await untilLogged(child, name, readyWord);
  }

  /** Its process while it runs. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Resolves when it has ended. */
  async end(signal: NodeJS.Signals): Promise<void> {
    if (this.#child === undefined) return;
    const ended = once(this.#child, "exit");
    this.#child.kill(signal);
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end("SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Reads the log, since a request could need a password. */
function untilLogged(child: ChildProcess, name: string, word: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = "";
    const hear = (text: string) => {
      log = (log + text).slice(-4_000);
      if (log.includes(word)) resolve();
    };
    child.stdout?.setEncoding("utf8").on("data", hear);
    child.stderr?.setEncoding("utf8").on("data", hear);
    child.once("error", reject);
    child.once("close", () => reject(new Error(`this ${name} ended before it was ready:\n${log}`)));
  });
}
