/** How a process ended before its program was done. */
export interface EarlyExit {
  /** `exit`: some code called `process.exit`. `idle`: nothing was left to wait for. `thrown`: an error that nothing caught. */
  readonly how: "exit" | "idle" | "thrown";
  /** The status that the process would have ended with. */
  readonly code: number;
  /** The same as words, for a report. It says where the call stands, if that is known. */
  readonly reason: string;
}

/** Frames of a stack that are read: `process.exit` may be called deep in a library. */
const FRAMES = 30;

const IDLE = "nothing was left to wait for";
const THROWN = "an error was thrown that nothing caught";

/**
 * Calls `onExit` when this process ends, so that a program can report an end that it did not ask for. Such an end is
 * silent otherwise, often with status 0. What `onExit` returns becomes the status; `undefined` changes nothing. Call
 * the result to stop.
 */
export function guardExit(onExit: (exit: EarlyExit) => number | undefined): () => void {
  let isIdle = false;
  const noteIdle = () => {
    isIdle = true;
  };
  const guard = (code: number) => {
    const caller = callerOfExit();
    const exit: EarlyExit =
      caller === undefined
        ? { how: isIdle ? "idle" : "thrown", code, reason: isIdle ? IDLE : THROWN }
        : { how: "exit", code, reason: `process.exit(${code}) was called${caller.at}` };
    process.exitCode = onExit(exit) ?? code;
  };
  process.on("beforeExit", noteIdle).on("exit", guard);
  return () => void process.off("beforeExit", noteIdle).off("exit", guard);
}

/**
 * Node runs the listeners of `exit` inside `process.exit`, so the stack names its caller. `undefined`: there was no
 * call.
 */
function callerOfExit(): { readonly at: string } | undefined {
  const lines = stackLines();
  const call = lines.findIndex((line) => /\bexit \(node:internal\/process\//.test(line));
  if (call < 0) return undefined;
  const frame = lines.slice(call + 1).find((line) => !line.includes("node:")) ?? "";
  const where = locationOf(frame);
  return { at: where === "" ? "" : ` at ${where}` };
}

/** File, line and column of a frame such as `at run (file:///app/jobs.js:3:9)`. */
function locationOf(frame: string): string {
  const text = frame
    .trim()
    .replace(/^at (?:async )?/, "")
    .replace(/\)$/, "");
  return text.slice(text.lastIndexOf("(") + 1).replace(/^file:\/\//, "");
}

function stackLines(): readonly string[] {
  const { stackTraceLimit, prepareStackTrace } = Error;
  Error.stackTraceLimit = FRAMES;
  // A library may have replaced the form of stacks.
  Reflect.set(Error, "prepareStackTrace", undefined);
  const { stack = "" } = new Error("end");
  Error.stackTraceLimit = stackTraceLimit;
  Error.prepareStackTrace = prepareStackTrace;
  return stack.split("\n");
}
