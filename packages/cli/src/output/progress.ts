import { formatDuration } from "@jobs/core/config";
import { repeat, systemClock } from "@jobs/core/runtime";
import { printable } from "./printable.ts";
import { createStatusLine } from "./status-line.ts";

/** How far a command is. */
export interface ProgressState {
  /** What is done, in jobs. */
  readonly count: number;
  /** From 0 to 1; `undefined` where the end is unknown. */
  readonly share?: number | undefined;
}

/** Shows how far a command is, on the terminal's last line. Dispose of it to remove it. */
export interface Progress extends Disposable {
  /** Shows what is done. */
  show(state: ProgressState): void;
  /** Shows how much of a wait has passed until `endAt`, in ms since 1970. It goes on by itself. */
  wait(what: string, endAt: number, waitMs: number): void;
}

/** How often the line changes, in ms. */
const REDRAW_MS = 100;

/** Rates over a shorter time jump, in ms. */
const SHORTEST_MS = 1_000;

const BAR_COLUMNS = 20;

/** A progress on stderr. `label` says what is done, such as `queued`. */
export function createProgress(label: string): Progress {
  const status = createStatusLine();
  const startedAt = systemClock.monotonic();
  let drawnAt = Number.NEGATIVE_INFINITY;
  let stopWaiting = () => {};
  return {
    show({ count, share }) {
      const now = systemClock.monotonic();
      if (now - drawnAt < REDRAW_MS) return;
      drawnAt = now;
      const ms = now - startedAt;
      const rate = ms < SHORTEST_MS ? "" : ` · ${Math.round((count * 1_000) / ms)}/s`;
      status.show(`${label} ${bar(share)}${count}${rate}`);
    },
    wait(what, endAt, waitMs) {
      stopWaiting();
      const draw = () => {
        const passedMs = Math.min(waitMs, Math.max(0, waitMs - (endAt - Date.now())));
        const passed = `${formatDuration(Math.floor(passedMs / 1_000) * 1_000)} of ${formatDuration(waitMs)}`;
        status.show(`${label} ${bar(waitMs === 0 ? 1 : passedMs / waitMs)}${passed} · ${printable(what)}`);
      };
      draw();
      stopWaiting = repeat(systemClock, REDRAW_MS, draw);
    },
    [Symbol.dispose]() {
      stopWaiting();
      status[Symbol.dispose]();
    },
  };
}

/** `[#####...............]  25% `; nothing without a known end. */
function bar(share: number | undefined): string {
  if (share === undefined || Number.isNaN(share)) return "";
  const part = Math.min(1, Math.max(0, share));
  const filled = Math.floor(part * BAR_COLUMNS);
  const percent = `${Math.floor(part * 100)}%`.padStart(4);
  return `[${"#".repeat(filled)}${".".repeat(BAR_COLUMNS - filled)}]${percent} `;
}
