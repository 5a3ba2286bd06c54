import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readSettings } from "../src/settings.ts";
import { fateOf } from "../src/simulate-work.ts";
import { workFolder } from "../src/work-folder.ts";
import { idsOfWholeFilms } from "./films.ts";

const EXAMPLE = fileURLToPath(new URL("..", import.meta.url));

/** Settings by variable. */
export type Variables = Readonly<Record<string, string>>;

/** A folder for runs of the example. Each run is a process, as with `npm start`. */
export class ExampleFolder {
  readonly path = mkdtempSync(join(tmpdir(), "etl-"));
  readonly files = workFolder(this.path);

  /** Starts the example. */
  start(variables: Variables): ExampleRun {
    return new ExampleRun(["start.mjs"], { ...variables, ETL_FOLDER: this.path });
  }

  /** Starts the example as npm does: by a shell, which gets the signals. */
  startByShell(variables: Variables): ExampleRun {
    const env = { ...variables, ETL_FOLDER: this.path, npm_lifecycle_event: "start" };
    return new ExampleRun(["-c", `"${process.execPath}" start.mjs; exit $?`], env, "sh");
  }

  /** Runs the jobs command inside the example. */
  jobs(args: readonly string[], variables: Variables = {}): ExampleRun {
    const command = ["../../packages/cli/bin/jobs.js", ...args];
    return new ExampleRun(command, { ...variables, ETL_FOLDER: this.path });
  }

  /** Whether the producer has begun. */
  hasBroker(): boolean {
    return existsSync(this.files.database);
  }

  /** Ids in the output at this moment. @throws SyntaxError when it is not valid JSON. */
  writtenIds(): readonly string[] {
    if (!existsSync(this.files.output)) return [];
    const records = JSON.parse(readFileSync(this.files.output, "utf8")) as readonly { readonly id: string }[];
    return records.map(({ id }) => id);
  }

  /** Process ids of the workers that served `queue`, the latest last. */
  workerPids(queue: string): readonly number[] {
    const lines = existsSync(this.files.log) ? readFileSync(this.files.log, "utf8").split("\n") : [];
    return lines
      .filter((line) => line.includes("worker.started") && line.includes(`"queues":["${queue}"]`))
      .map((line) => Number(JSON.parse(line).worker.split(":")[1]));
  }
}

/** One process of the example. */
export class ExampleRun {
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  stdout = "";
  stderr = "";

  constructor(args: readonly string[], variables: Variables, program = process.execPath) {
    const env = { ...process.env, ...variables };
    this.#child = spawn(program, args, { cwd: EXAMPLE, env });
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
    });
    this.#closed = once(this.#child, "close");
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Its status, after it and all its children have ended; `null` for a killed one. */
  async end(): Promise<number | null> {
    await this.#closed;
    return this.#child.exitCode;
  }

  /** A number of the table at the end. */
  count(label: string): number | undefined {
    const digits = new RegExp(`^ *${label} +([\\d,]+)$`, "m").exec(this.stdout)?.[1];
    return digits === undefined ? undefined : Number(digits.replaceAll(",", ""));
  }
}

/** The expected end of every record, computed from the seed without a queue. */
export function expectedEnds(variables: Variables): {
  readonly written: readonly string[];
  readonly dead: readonly string[];
} {
  const settings = readSettings(variables);
  const attempts = Array.from({ length: settings.maxAttempts }, (_, index) => index + 1);
  const isDead = (id: string) => attempts.every((attempt) => fateOf(settings, { id, attempt }).isFailure);
  const ids = idsOfWholeFilms(settings.limit);
  return { written: ids.filter((id) => !isDead(id)), dead: ids.filter(isDead) };
}
