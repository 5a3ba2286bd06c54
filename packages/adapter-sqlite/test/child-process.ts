import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A running process of test/processes. */
export interface Child {
  /** Its output, line by line. */
  readonly lines: AsyncIterator<string>;
  readonly process: ChildProcessWithoutNullStreams;
  /** Its exit code; rejects with what it wrote to stderr when that is not 0. */
  readonly done: Promise<void>;
}

/** Starts a script of test/processes with JSON options, under `wrapper` where one is given. They run on the build, as users do. */
export function startChild(script: string, options: object, wrapper: readonly string[] = []): Child {
  const path = fileURLToPath(new URL(`./processes/${script}.mjs`, import.meta.url));
  const command = [...wrapper, process.execPath, path, JSON.stringify(options)];
  const child = spawn(command[0]!, command.slice(1));
  let stderr = "";
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const done = once(child, "close").then(([code, signal]) => {
    if (code !== 0 && signal !== "SIGKILL")
      throw new Error(`${script} ended with ${code ?? signal}: ${stderr}`);
  });
  done.catch(() => undefined);
  return { process: child, lines: createInterface(child.stdout)[Symbol.asyncIterator](), done };
}

/** The next line of a child. @throws Error when it ends without one. */
export async function nextLine(child: Child): Promise<string> {
  const { value, done } = await child.lines.next();
  if (done === true) await child.done;
  if (typeof value !== "string") throw new Error("the child process ended without a word");
  return value;
}

/** All lines of a child until it ends. */
export async function allLines(child: Child): Promise<readonly string[]> {
  const lines: string[] = [];
  for (let next = await child.lines.next(); next.done !== true; next = await child.lines.next())
    lines.push(next.value);
  await child.done;
  return lines;
}
