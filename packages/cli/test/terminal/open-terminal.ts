import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import headless, { type Terminal } from "@xterm/headless";
import { BIN, cleanEnv, type TestProject } from "../project.ts";

/** Whether this machine can open a terminal for a test: `script` of util-linux does it. */
export const hasTerminals =
  process.platform === "linux" && spawnSync("script", ["-qec", "true", "/dev/null"]).status === 0;

if (!hasTerminals) {
  const said = "There is no `script` of util-linux here, so no terminal can be opened";
  if (process.env.CI) throw new Error(`${said}. Install it.`);
  process.stderr.write(`${said}: the tests of what terminals show are left out.\n`);
}

/** How a command is run in a terminal. */
export interface TerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** A command in a terminal of its own. */
export interface OpenTerminal extends AsyncDisposable {
  /** What a person sees now, with what has left the screen at its top. Lines have no spaces at their end. */
  screen(): readonly string[];
  /** Each state of the screen so far. */
  readonly states: readonly (readonly string[])[];
  /** All that was written, with control sequences. */
  written(): string;
  /** Resolves with the first screen, from now on, that fits. Rejects when the command ends before. */
  until(fits: (screen: readonly string[]) => boolean): Promise<readonly string[]>;
  /** Types keys. */
  type(keys: string): void;
  resize(columns: number, rows: number): void;
  kill(signal: NodeJS.Signals): void;
  /** Goes on after Ctrl-Z, as `fg` does. What the command wrote before its stop may come only now. */
  goOn(): void;
  /** Closes the terminal, as its window does. */
  close(): void;
  /** Whether the command uses a screen of its own, which disappears at its end. */
  hasOwnScreen(): boolean;
  /** Whether the process of the command is there. */
  isAlive(): boolean;
  /** Whether a signal has stopped the process of the command. */
  isStopped(): boolean;
  /** The exit status of the command. */
  readonly ended: Promise<number | null>;
}

/** Runs the built command in a terminal of 80 × 24, unless said otherwise. */
export function openTerminal(
  project: TestProject,
  args: readonly string[],
  { columns = 80, rows = 24, env = {} }: TerminalOptions = {},
): OpenTerminal {
  const note = join(project.folder, "terminal.txt");
  const command = [process.execPath, BIN, ...args].map(quoted).join(" ");
  const run = `stty cols ${columns} rows ${rows}; echo $$ $(tty) >${quoted(note)}; exec ${command}`;
  const script = spawn("script", ["-qefc", run, "/dev/null"], {
    cwd: project.folder,
    env: { ...cleanEnv(), SHELL: "/bin/sh", TERM: "xterm-256color", ...env },
  });
  const noted = () => readFileSync(note, "utf8").trim().split(" ");
  const signal = (name: NodeJS.Signals | 0) => process.kill(Number(noted()[0]), name);
  const emulator = new headless.Terminal({ cols: columns, rows, scrollback: 5_000, allowProposedApi: true });
  const states: (readonly string[])[] = [];
  const waiting = new Set<() => void>();
  let written = "";
  script.stdout.setEncoding("utf8").on("data", (text: string) => {
    written += text;
    emulator.write(text, () => {
      states.push(linesOf(emulator));
      for (const look of waiting) look();
    });
  });
  const ended = endOf(script, emulator);
  return {
    states,
    ended,
    isAlive: () => isSent(() => signal(0)),
    isStopped: () => readFileSync(`/proc/${noted()[0]}/status`, "utf8").includes("State:\tT"),
    written: () => written,
    screen: () => linesOf(emulator),
    hasOwnScreen: () => emulator.buffer.active.type === "alternate",
    until: (fits) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const screen = linesOf(emulator);
          if (!fits(screen)) return;
          waiting.delete(look);
          resolve(screen);
        };
        waiting.add(look);
        void ended.then((code) => reject(new Error(`ended with ${code}:\n${linesOf(emulator).join("\n")}`)));
        look();
      }),
    type: (keys) => void script.stdin.write(keys),
    resize(newColumns, newRows) {
      emulator.resize(newColumns, newRows);
      const [, tty = ""] = noted();
      spawnSync("stty", ["-F", tty, "cols", String(newColumns), "rows", String(newRows)]);
    },
    kill: (name) => void signal(name),
    // `script` stops when its command stops, and then lets that go on.
    goOn: () => void script.kill("SIGCONT"),
    close: () => void script.kill("SIGKILL"),
    async [Symbol.asyncDispose]() {
      // `script` ends with the command. Its folder is removed after this.
      if (!isSent(() => signal("SIGKILL"))) script.kill("SIGKILL");
      await ended;
    },
  };
}

/** Whether the process of a signal exists. */
function isSent(send: () => boolean): boolean {
  try {
    return send();
  } catch {
    return false;
  }
}

async function endOf(script: ChildProcess, emulator: Terminal): Promise<number | null> {
  const [code] = await once(script, "close");
  // The emulator may still have something to draw.
  await new Promise<void>((resolve) => emulator.write("", resolve));
  return code;
}

function linesOf({ buffer: { active } }: Terminal): readonly string[] {
  const lines = Array.from(
    { length: active.length },
    (_, row) => active.getLine(row)?.translateToString(true) ?? "",
  );
  return lines.slice(0, lines.findLastIndex((line) => line !== "") + 1);
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
