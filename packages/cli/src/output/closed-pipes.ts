import { EXIT } from "./exit-codes.ts";
import { endProcess } from "./exit-process.ts";
import { writeDataTo } from "./write-now.ts";

/** Streams in use. Their pending output is awaited before the exit. */
const awaited = new Set<NodeJS.WriteStream>();

/**
 * What to do when the reader of stdout or stderr has ended (`jobs stats | head -1`), or a write fails. Most commands
 * end, since nobody reads their output. A worker continues, since its jobs are more important than its output (F08).
 */
export function surviveClosedPipes(then: "end" | "go on", hasData: boolean): void {
  const meet = (stdout: NodeJS.WriteStream) => {
    if (then === "end") awaited.add(stdout);
    stdout.on("error", (error: NodeJS.ErrnoException) => {
      if (then === "end") endProcess(error.code === "EPIPE" ? EXIT.ok : EXIT.internal);
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

/** Resolves when a slow reader has read all of stdout's stream; a worker does not wait for it. */
export async function written(): Promise<void> {
  for (const stream of awaited) await new Promise<void>((resolve) => stream.write("", () => resolve()));
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
