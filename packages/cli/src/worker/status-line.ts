import type { LogTarget } from "./create-logger.ts";

/**
 * Shows the status in the last line of a terminal, below all other output. Without a terminal it writes plain lines.
 */
export interface StatusLine extends LogTarget {
  /** Whether there is a terminal to show a status on. */
  readonly isLive: boolean;
  /** Replaces the status; an empty one removes it. */
  show(status: string): void;
}

/** Goes to the start of the line and clears it. */
const CLEAR_LINE = "\r\u001b[2K";

/** What a status line needs of stderr. */
export interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Creates the status line of a terminal. */
export function createStatusLine(terminal: Terminal): StatusLine {
  const isLive = terminal.isTTY === true;
  let shown = "";
  const draw = (status: string) => terminal.write(status.slice(0, (terminal.columns ?? 80) - 1));
  return {
    isLive,
    isTTY: isLive,
    write(line) {
      if (shown === "") return terminal.write(line);
      terminal.write(`${CLEAR_LINE}${line}`);
      return draw(shown);
    },
    show(status) {
      if (!isLive || status === shown) return;
      terminal.write(CLEAR_LINE);
      shown = status;
      draw(status);
    },
  };
}
