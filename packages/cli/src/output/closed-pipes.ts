import { CliError } from "./cli-error.ts";
import { describeError } from "./describe-error.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { endProcess } from "./exit-process.ts";
import { writeDataTo, writeNow } from "./write-now.ts";

/** Streams in use. Their pending output is awaited before the exit. */
const awaited = new Set<NodeJS.WriteStream>();

/** The first failed write to stdout, unless its reader has ended. */
let failure: Error | undefined;

/** Whether the command has ended, so that a further failed write cannot cut its work. */
let hasEnded = false;

/**
 * What to do when the reader of stdout or stderr has ended (`jobs stats | head -1`), or a write fails. Most commands
 * end, since nobody reads their output. After another failed write (a full disk) they do their work to its end, unless
 * they write again: `jobs events` would never end. A worker continues, since its jobs are more important than its output (F08).
 */
export function surviveClosedPipes(then: "end" | "go on", hasData: boolean): void {
  const meet = (stdout: NodeJS.WriteStream) => {
    if (then === "end") awaited.add(stdout);
    stdout.on("error", (error: NodeJS.ErrnoException) => {
      if (then === "go on") return;
      if (error.code === "EPIPE") endProcess(EXIT.ok);
      if (failure !== undefined && !hasEnded) endProcess(reportUnwritten(error, "was ended early"));
      failure ??= error;
    });
  };
  if (hasData) keepStdoutForData(meet);
  else onFirstUse("stdout", meet);
  onFirstUse("stderr", (stderr) => stderr.on("error", () => {}));
}

/**
 * A program may read stdout, with `--json` or without (`jobs stats --format prom`, `jobs dlq export`). So output of an
 * app's code, by `console.log` or in a thread, goes to stderr. Only this command's data goes to stdout.
 */
function keepStdoutForData(meet: (stream: NodeJS.WriteStream) => void): void {
  const property = Object.getOwnPropertyDescriptor(process, "stdout") ?? {};
  let data: NodeJS.WriteStream | undefined;
  writeDataTo(() => {
    if (data !== undefined) return data;
    const stream = property.get?.call(process) as NodeJS.WriteStream;
    meet(stream);
    data = stream;
    return stream;
  });
  Object.defineProperty(process, "stdout", { ...property, get: () => process.stderr });
}

/**
 * Resolves with the status of a command that has ended with `code`, when a slow reader has read all of stdout's stream.
 * If stdout could not be written, the status and stderr say so. A worker does not wait.
 */
export async function written(code: ExitCode): Promise<ExitCode> {
  hasEnded = true;
  for (const stream of awaited) await new Promise<void>((resolve) => stream.write("", () => resolve()));
  // A stream emits its error after it has called back.
  if (awaited.size > 0) await new Promise((resolve) => setImmediate(resolve));
  if (failure === undefined) return code;
  return reportUnwritten(failure, code === EXIT.ok ? "has done its work" : `has ended with status ${code}`);
}

/** Says on stderr what the reader of stdout does not learn. A program gets it there too, since stdout has failed. */
function reportUnwritten(error: Error, end: string): ExitCode {
  const lost = new CliError("internal", `stdout cannot be written: ${error.message}. The command ${end}.`, {
    hint: "Write stdout to another place. Look at what is stored before you repeat a command that changes something.",
  });
  const { text, exitCode } = describeError(lost);
  writeNow(2, `${text}\n`);
  return exitCode;
}

/** Node creates these streams on first access, which takes time. So listeners are added only when a stream is used. */
function onFirstUse(name: "stdout" | "stderr", meet: (stream: NodeJS.WriteStream) => void): void {
  const property = Object.getOwnPropertyDescriptor(process, name) ?? {};
  Object.defineProperty(process, name, {
    ...property,
    get() {
      Object.defineProperty(process, name, property);
      meet(process[name]);
      return process[name];
    },
  });
}
