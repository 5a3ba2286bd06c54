import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";

/**
 * How a command ended.
 * @typedef {object} Ended
 * @property {string} command
 * @property {number} code
 * @property {number} seconds
 * @property {string} output What it printed on both streams.
 */

/** A worker without --drain runs until it is stopped, as its reader stops it with Ctrl-C. */
const LONG_RUNNING = /\bworker$/;
/** The worker has finished a job. */
const HAS_WORKED = /writing a letter/;

/** One shell in which commands run one after the other: a function that one defines is there for the next. */
export class ShellSession {
  #shell;
  #output = "";
  #count = 0;

  /**
   * @param {string} folder
   * @param {NodeJS.ProcessEnv} env
   */
  constructor(folder, env) {
    this.#shell = spawn("bash", ["--norc"], {
      cwd: folder,
      env,
      detached: true,
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#shell.stdout.setEncoding("utf8").on("data", (/** @type {string} */ text) => {
      this.#output += text;
    });
    this.#shell.stdin.write("exec 2>&1\n");
  }

  /**
   * Runs a command as it is typed.
   * @param {string} command
   * @returns {Promise<Ended>}
   */
  async run(command) {
    this.#output = "";
    this.#count += 1;
    const startedAt = performance.now();
    // The command reads no input: the rest of the input is the session's.
    this.#shell.stdin.write(`{ ${command}\n} </dev/null\necho "end of command ${this.#count}: $?"\n`);
    if (LONG_RUNNING.test(command)) {
      await this.#until(HAS_WORKED);
      this.#interrupt();
    }
    const { index, groups } = await this.#until(new RegExp(`end of command ${this.#count}: (?<code>\\d+)`));
    const seconds = (performance.now() - startedAt) / 1000;
    return { command, code: Number(groups?.code), seconds, output: this.#output.slice(0, index).trim() };
  }

  /** Ends the shell. */
  async close() {
    this.#shell.stdin.end();
    if (this.#shell.exitCode === null) await once(this.#shell, "exit");
  }

  /** @param {RegExp} pattern */
  async #until(pattern) {
    for (;;) {
      const found = pattern.exec(this.#output);
      if (found !== null) return found;
      if (this.#shell.exitCode !== null) throw new Error(`the shell ended: ${this.#output}`);
      await once(this.#shell.stdout, "data");
    }
  }

  /** Sends what Ctrl-C sends, to the worker alone: the shell of a script would end with it. */
  #interrupt() {
    const { stdout } = spawnSync("ps", ["-A", "-o", "pid=,pgid=,args="], { encoding: "utf8" });
    for (const line of stdout.split("\n")) {
      const [pid, group, ...args] = line.trim().split(/\s+/);
      if (Number(group) === this.#shell.pid && args.at(-1) === "worker") process.kill(Number(pid), "SIGINT");
    }
  }
}
