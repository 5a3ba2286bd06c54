import type { Output } from "./output.ts";
import { isLive, restoreAtEnd, usableColumns } from "./terminal.ts";
import { cutToWidth } from "./text-width.ts";
import { dataStream, writeNow } from "./write-now.ts";

/** Shows the same lines again and again. Dispose of it at the end. */
export interface LiveView extends Disposable {
  /** Replaces what is shown. Each line is printable. */
  show(lines: readonly string[]): void;
}

/** Uses a screen of its own, without cursor, on which lines do not wrap. */
const ENTER = "\u001b[?1049h\u001b[?25l\u001b[?7l";

/** Undoes {@link ENTER}. */
const LEAVE = "\u001b[?7h\u001b[?25h\u001b[?1049l";

const HOME = "\u001b[H";
const CLEAR_REST_OF_LINE = "\u001b[K";
const CLEAR_BELOW = "\u001b[J";

/**
 * A view on the terminal of stdout. It takes the whole screen, and gives it back with the last lines at the end, however
 * the process ends. Elsewhere all lines are printed each time, with an empty line between.
 */
export function createLiveView(output: Output): LiveView {
  return output.isTerminal && isLive(dataStream()) ? onScreen() : inPlainLines(output);
}

function inPlainLines(output: Output): LiveView {
  let isFirst = true;
  return {
    show(lines) {
      if (!isFirst) output.line();
      isFirst = false;
      for (const line of lines) output.line(line);
    },
    [Symbol.dispose]: () => {},
  };
}

function onScreen(): LiveView {
  const stream = dataStream();
  let shown: readonly string[] = [];
  let isEntered = false;

  const draw = () => {
    const columns = usableColumns(stream);
    const text = fitting(shown, stream.rows || 24)
      .map((line) => `${cutToWidth(line, columns)}${CLEAR_REST_OF_LINE}`)
      .join("\n");
    writeNow(1, `${isEntered ? "" : ENTER}${HOME}${text}${CLEAR_BELOW}`);
    isEntered = true;
  };
  const leave = () => {
    if (!isEntered) return;
    isEntered = false;
    writeNow(1, `${LEAVE}${shown.map((line) => `${line}\n`).join("")}`);
  };
  const suspend = () => {
    leave();
    // A listener of SIGTSTP keeps it from stopping the process.
    process.kill(process.pid, "SIGSTOP");
  };
  let stops: readonly (() => void)[] = [];
  return {
    show(lines) {
      shown = lines;
      if (stops.length === 0) stops = [restoreAtEnd(leave), listen(stream, draw, suspend)];
      draw();
    },
    [Symbol.dispose]() {
      for (const stop of stops) stop();
      leave();
    },
  };
}

/** The lines that fit into the rows. The last one says how many do not. */
function fitting(lines: readonly string[], rows: number): readonly string[] {
  if (lines.length <= rows) return lines;
  const shown = lines.slice(0, Math.max(0, rows - 1));
  return [...shown, `… ${lines.length - shown.length} more lines`];
}

/** Draws again in another size and after a stop by Ctrl-Z. */
function listen(stream: NodeJS.WriteStream, draw: () => void, suspend: () => void): () => void {
  stream.on("resize", draw);
  process.on("SIGCONT", draw);
  process.on("SIGTSTP", suspend);
  return () => {
    stream.off("resize", draw);
    process.off("SIGCONT", draw);
    process.off("SIGTSTP", suspend);
  };
}
