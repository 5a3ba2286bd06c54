import { sharedState } from "./shared-state.ts";

/** What this package needs of a stream that may be a terminal. */
export interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

/** Whether it is a terminal that can move its cursor. `TERM=dumb` says that it cannot. */
export function isLive({ isTTY }: Pick<Terminal, "isTTY">): boolean {
  return isTTY === true && process.env.TERM !== "dumb";
}

/** Whether its text is coloured; see https://no-color.org for `NO_COLOR`. */
export function isColoured(terminal: Pick<Terminal, "isTTY">): boolean {
  return isLive(terminal) && !process.env.NO_COLOR;
}

/** The terminal's width, less the last column: some terminals wrap when it is filled. */
export function usableColumns({ columns }: Pick<Terminal, "columns">): number {
  return Math.max(0, (columns || 80) - 1);
}

/** Brings the terminal back to what it was before this command changed it. It may be called again. */
type Restore = () => void;

const changes = sharedState("terminal", () => ({ isWatched: false, restores: new Set<Restore>() }));

/**
 * Calls `restore` at the exit of the process, and at each uncaught error before it is printed. Whoever ends the process by
 * a signal calls {@link restoreTerminal} before. Returns a function that takes it back.
 */
export function restoreAtEnd(restore: Restore): () => void {
  if (!changes.isWatched) {
    changes.isWatched = true;
    // Other listeners of the exit may report an error. It must not be on a screen that disappears.
    process.prependListener("exit", restoreTerminal);
    process.on("uncaughtExceptionMonitor", restoreTerminal);
  }
  changes.restores.add(restore);
  return () => void changes.restores.delete(restore);
}

/** Restores the terminal now. It does nothing where nothing has changed it. */
export function restoreTerminal(): void {
  for (const restore of changes.restores) restore();
}
