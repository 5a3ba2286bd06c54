import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { isObject } from "@jobs/core/runtime";
import { accessReason } from "../input/read-text.ts";
import { CliError } from "../output/cli-error.ts";

/** What the journal knows of a job. `doubt`: a send was begun, and its answer is not known. */
export type SentState = "new" | "doubt" | "sent";

/** The brokers and queues of a move, so that a journal is not used for another one. */
export interface MoveIdentity {
  readonly from: string;
  readonly to: string;
}

/** A job that the target may have, while the source may have it too. */
interface OpenSend {
  readonly state: SentState;
  /** Full name of its queue. */
  readonly queue: string;
}

interface JournalLine {
  readonly v?: unknown;
  readonly move?: unknown;
  readonly paused?: unknown;
  readonly resumed?: unknown;
  readonly sending?: unknown;
  readonly sent?: unknown;
  readonly refused?: unknown;
  readonly gone?: unknown;
  readonly emptied?: unknown;
  readonly twice?: unknown;
  readonly queue?: unknown;
}

/** How the first line begins. A kill may leave a part of it. */
const HEADER = '{"v":1,"move":"';

/**
 * A file that says what the target may have already, so that a killed move can be resumed. Each line is on the disk
 * before the step that it announces. It holds hashes of jobs, and none of their content.
 */
export class MoveJournal {
  readonly path: string;
  readonly #file: number;
  readonly #open = new Map<string, OpenSend>();
  /** Ids of jobs that were sent again after a kill, by queue. */
  readonly #twice = new Map<string, readonly string[]>();
  /** Queues that this move has paused. */
  readonly #paused = new Set<string>();
  /** Whether an earlier process has begun this move. */
  readonly isResumed: boolean;

  private constructor(path: string, move: string) {
    this.path = path;
    mkdirSync(dirname(path), { recursive: true });
    const text = existsSync(path) ? readFileSync(path, "utf8") : "";
    this.isResumed = text !== "";
    // At its end the move removes the file.
    if (!text.startsWith(HEADER) && !HEADER.startsWith(text)) {
      throw new CliError("usage", `${path} is no journal of a move.`, {
        hint: "Name a new file by --journal, or the one of the move that was killed.",
      });
    }
    for (const line of wholeLines(text)) this.#read(line, move);
    this.#file = openSync(path, "a", 0o600);
    if (!this.isResumed) this.#write({ v: 1, move });
    // A kill may have left half a line, which announces nothing.
    else if (!text.endsWith("\n")) writeSync(this.#file, "\n");
  }

  /**
   * Opens or creates it.
   * @throws CliError `usage` for a file that is none, a journal of another move, or one that another process writes
   */
  static open(path: string, { from, to }: MoveIdentity): MoveJournal {
    lock(path);
    try {
      return new MoveJournal(path, digest(`${from}\n${to}`));
    } catch (cause) {
      unlock(path);
      if (cause instanceof CliError) throw cause;
      throw unusable(path, cause);
    }
  }

  state(key: string): SentState {
    return this.#open.get(key)?.state ?? "new";
  }

  /** Whether the target may have a job that the source still has. */
  get hasOpenSends(): boolean {
    return this.#open.size > 0;
  }

  /** Before a send. */
  sending(queue: string, keys: readonly string[]): void {
    this.#write({ sending: keys, queue });
    for (const key of keys) this.#open.set(key, { state: "doubt", queue });
  }

  /** After the answers to a send. A refused job is not in the target. */
  answered(sent: readonly string[], refused: readonly string[]): void {
    this.#write({ sent, refused });
    this.#close(sent, refused);
  }

  /** After jobs of a queue were sent again, to a target that did not have them. */
  sentAgain(queue: string, ids: readonly string[]): void {
    if (ids.length === 0) return;
    this.#write({ twice: ids, queue });
    this.#addTwice(queue, ids);
  }

  /** Ids of jobs that may be in the target twice, or run twice, by this process or an earlier one. */
  maybeTwice(queue: string): readonly string[] {
    return this.#twice.get(queue) ?? [];
  }

  /**
   * After the source has lost jobs, and cannot deliver them again. They may come back by a move in the other direction,
   * and are new then.
   */
  gone(keys: readonly string[]): void {
    if (keys.length === 0) return;
    this.#append({ gone: keys });
    for (const key of keys) this.#open.delete(key);
  }

  /** After a queue of the source was seen without any job of which the target may have one. */
  emptied(queue: string): void {
    const hasSends = [...this.#open.values()].some((send) => send.queue === queue);
    if (hasSends) this.#append({ emptied: queue });
    this.#forgetAll(queue);
  }

  hasPaused(queue: string): boolean {
    return this.#paused.has(queue);
  }

  /** Before the move pauses a queue. */
  paused(queue: string): void {
    this.#write({ paused: queue });
    this.#paused.add(queue);
  }

  /** After the move has taken its pause back. */
  resumed(queue: string): void {
    this.#write({ resumed: queue });
    this.#paused.delete(queue);
  }

  /** Ends the use of the file. `isDone`: nothing in it is needed any more, so it is removed. */
  close({ isDone }: { readonly isDone: boolean }): void {
    closeSync(this.#file);
    if (isDone) rmSync(this.path, { force: true });
    unlock(this.path);
  }

  #write(line: object): void {
    this.#append(line);
    fsyncSync(this.#file);
  }

  /** For a line that announces nothing: without it a job is only sent again. */
  #append(line: object): void {
    writeSync(this.#file, `${JSON.stringify(line)}\n`);
  }

  #close(sent: readonly string[], refused: readonly string[]): void {
    for (const key of sent) this.#open.set(key, { queue: "", ...this.#open.get(key), state: "sent" });
    for (const key of refused) this.#open.delete(key);
  }

  #forgetAll(queue: string): void {
    for (const [key, send] of this.#open) if (send.queue === queue) this.#open.delete(key);
  }

  #read(line: JournalLine, expected: string): void {
    const { move, paused, resumed, sending, sent, refused, gone, emptied, twice, queue } = line;
    if (typeof move === "string" && move !== expected) {
      throw new CliError("usage", `the journal ${this.path} belongs to another move.`, {
        hint: "Resume that move with its own --from and --to, or name another file by --journal.",
      });
    }
    if (typeof paused === "string") this.#paused.add(paused);
    if (typeof resumed === "string") this.#paused.delete(resumed);
    if (typeof queue === "string")
      for (const key of texts(sending)) this.#open.set(key, { state: "doubt", queue });
    this.#close(texts(sent), [...texts(refused), ...texts(gone)]);
    if (typeof emptied === "string") this.#forgetAll(emptied);
    if (typeof queue === "string") this.#addTwice(queue, texts(twice));
  }

  #addTwice(queue: string, ids: readonly string[]): void {
    this.#twice.set(queue, [...this.maybeTwice(queue), ...ids]);
  }
}

/** Identifies a stored job: its id, and its body with the time of its enqueue. An id may be used again later. */
export function jobKey({ id, body }: { readonly id: string; readonly body: string }): string {
  return digest(`${id}\n${body}`);
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, 22);
}

function wholeLines(text: string): readonly JournalLine[] {
  return text.split("\n").flatMap((line) => {
    try {
      const read: unknown = JSON.parse(line);
      return isObject(read) ? [read] : [];
    } catch {
      return [];
    }
  });
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

/** Two processes with one journal would each send what the other has sent. */
function lock(path: string): void {
  const lockPath = `${path}.lock`;
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch (cause) {
    throw unusable(path, cause);
  }
  for (let tries = 0; tries < 2; tries++) {
    try {
      const file = openSync(lockPath, "wx");
      writeSync(file, String(process.pid));
      closeSync(file);
      return;
    } catch (cause) {
      if (!isObject(cause) || cause.code !== "EEXIST") throw unusable(path, cause);
      if (!isAbandoned(lockPath)) break;
      rmSync(lockPath, { force: true });
    }
  }
  throw new CliError("usage", `another process writes the journal ${path}.`, {
    hint: `Wait until it has ended. If there is none, remove ${lockPath}.`,
  });
}

function unusable(path: string, cause: unknown): CliError {
  return new CliError("usage", `the journal ${path} cannot be used: ${accessReason(cause)}.`, { cause });
}

/** Whether the process that made the lock has ended. */
function isAbandoned(lockPath: string): boolean {
  try {
    process.kill(Number(readFileSync(lockPath, "utf8")), 0);
    return false;
  } catch (error) {
    return isObject(error) && error.code === "ESRCH";
  }
}

function unlock(path: string): void {
  rmSync(`${path}.lock`, { force: true });
}
