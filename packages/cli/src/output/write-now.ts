import { writeSync } from "node:fs";
import { maskKnown } from "./mask-secrets.ts";
import { sharedState } from "./shared-state.ts";

/** Node's streams of stdout and stderr by their descriptors. */
const STREAMS = sharedState(
  "streams",
  (): Record<1 | 2, () => NodeJS.WriteStream> => ({ 1: () => process.stdout, 2: () => process.stderr }),
);

/** Writes data to another stream than `process.stdout`, so that other code can write to that one. */
export function writeDataTo(stream: () => NodeJS.WriteStream): void {
  STREAMS[1] = stream;
}

/** The stream that holds data only. */
export function dataStream(): NodeJS.WriteStream {
  return STREAMS[1]();
}

/** Descriptors that are written by their streams now. Later output must follow what a stream still buffers. */
const streaming = sharedState("streaming", () => new Set<number>());

/** From now on `writeNow` uses Node's streams, for whoever watches what is written to them. */
export function writeByStreams(): void {
  streaming.add(1).add(2);
}

/**
 * Writes to stdout or stderr at once, without secrets that are known. Node's streams do the same, but load slowly. They
 * are used after a failed write, which they report as an event, and for writes that would block. Windows always uses
 * them, since its terminals do not accept UTF-8.
 */
export function writeNow(fd: 1 | 2, text: string): void {
  const bytes = Buffer.from(maskKnown(text));
  const rest = process.platform === "win32" || streaming.has(fd) ? bytes : unwritten(fd, bytes);
  if (rest.length === 0) return;
  streaming.add(fd);
  STREAMS[fd]().write(rest);
}

/** Writes as much as it can and returns the rest. */
function unwritten(fd: number, bytes: Buffer): Buffer {
  let rest = bytes;
  try {
    while (rest.length > 0) rest = rest.subarray(writeSync(fd, rest));
  } catch {
    // The stream meets the same error and reports it.
  }
  return rest;
}
