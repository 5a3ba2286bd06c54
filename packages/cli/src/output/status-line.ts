import { isLive, restoreAtEnd, type Terminal, usableColumns } from "./terminal.ts";
import { cutToWidth } from "./text-width.ts";
import { dataStream, writeByStreams } from "./write-now.ts";

/**
 * Shows a status in the last line of a terminal, below all other output of this process. Elsewhere it writes plain
 * lines. Dispose of it to remove the status and to leave the streams as they were.
 */
export interface StatusLine extends Disposable {
  /** Whether there is a terminal to show a status on. */
  readonly isLive: boolean;
  readonly isTTY: boolean;
  /** Writes a whole line above the status. */
  write(line: string): void;
  /** Replaces the status; an empty one removes it. */
  show(status: string): void;
}

/** Goes to the start of the line and clears it. */
const CLEAR_LINE = "\r\u001b[2K";

/** A line that is wider than expected must not wrap: its rest would stay on the screen. */
const WRAP = { off: "\u001b[?7l", on: "\u001b[?7h" };

const NEW_LINE = 10;

/** A stream on a terminal, which tells of a new size. */
interface TerminalStream extends Terminal {
  on?(event: "resize", listener: () => void): unknown;
  off?(event: "resize", listener: () => void): unknown;
}

/** The status line of this process, on stderr. It takes care of what other code writes to stdout and stderr. */
export function createStatusLine(): StatusLine {
  const { stderr } = process;
  if (!isLive(stderr)) return statusLineOn(stderr, []);
  writeByStreams();
  const streams = new Set<TerminalStream>([stderr, process.stdout, dataStream()]);
  return statusLineOn(
    stderr,
    [...streams].filter(({ isTTY }) => isTTY === true),
  );
}

/**
 * A status line on `terminal`. `watched` are all streams that write to this terminal, with itself. Other code that
 * writes to them gets a clean line. While such a line has no end, the status is not shown.
 */
export function statusLineOn(terminal: TerminalStream, watched: readonly TerminalStream[]): StatusLine {
  const isTTY = terminal.isTTY === true;
  if (!isLive(terminal)) {
    const write = (line: string) => void terminal.write(line);
    return { isLive: false, isTTY, write, show: () => {}, [Symbol.dispose]: () => {} };
  }
  const write = terminal.write.bind(terminal);
  let status = "";
  let isDrawn = false;
  let isLineOpen = false;

  /** What removes the status. */
  function cleared(): string {
    const text = isDrawn ? CLEAR_LINE : "";
    isDrawn = false;
    return text;
  }
  /** What shows the status, where it may be shown. */
  function drawn(): string {
    if (status === "" || isLineOpen || isDrawn) return "";
    isDrawn = true;
    return `${WRAP.off}${cutToWidth(status, usableColumns(terminal))}${WRAP.on}`;
  }
  const put = (text: string) => {
    if (text !== "") write(text);
  };
  const erase = () => put(cleared());
  const redraw = () => put(`${cleared()}${drawn()}`);
  const aroundWrites = (ended: boolean | undefined) => {
    isLineOpen = ended === undefined ? isLineOpen : !ended;
    put(drawn());
  };
  const unwatch = watched.map((stream) => watchWrites(stream, erase, aroundWrites));
  terminal.on?.("resize", redraw);
  // A worker goes on after an uncaught error, and draws its status again.
  const stops = [...unwatch, () => terminal.off?.("resize", redraw), restoreAtEnd(erase)];
  return {
    isLive: true,
    isTTY,
    write(line) {
      const before = isLineOpen ? "\n" : cleared();
      isLineOpen = false;
      // One call, since a worker may write a line for each of many jobs.
      write(`${before}${line}${drawn()}`);
    },
    show(next) {
      if (next === status) return;
      status = next;
      redraw();
    },
    [Symbol.dispose]() {
      erase();
      status = "";
      for (const stop of stops) stop();
    },
  };
}

/**
 * Calls `before` and `after` around each write of other code, until the result is called. `after` gets whether the
 * line has ended, or `undefined` if nothing was written.
 */
function watchWrites(
  stream: TerminalStream,
  before: () => void,
  after: (ended: boolean | undefined) => void,
): () => void {
  const { write } = stream;
  const own = Object.getOwnPropertyDescriptor(stream, "write");
  const watched = (...args: Parameters<typeof write>) => {
    before();
    try {
      return Reflect.apply(write, stream, args);
    } finally {
      after(hasEndedLine(args[0]));
    }
  };
  stream.write = watched;
  return () => {
    // Other code may have put its own function there meanwhile.
    if (stream.write !== watched) return;
    if (own === undefined) Reflect.deleteProperty(stream, "write");
    else Object.defineProperty(stream, "write", own);
  };
}

function hasEndedLine(chunk: unknown): boolean | undefined {
  if (typeof chunk === "string") return chunk === "" ? undefined : chunk.endsWith("\n");
  if (!(chunk instanceof Uint8Array) || chunk.length === 0) return undefined;
  return chunk.at(-1) === NEW_LINE;
}
