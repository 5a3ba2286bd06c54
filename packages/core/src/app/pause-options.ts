import { hostname } from "node:os";
import { optionsCheck } from "../options/check-options.ts";
import { text } from "../options/option-rules.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { PauseNote } from "../worker/presence/cancel-and-pause.ts";

/** Options of a pause. */
export interface PauseOptions {
  /** Who pauses, for `app.why`. Default: host and process id. */
  readonly by?: string;
}

/** Checks the options of `app.pause`. */
export const checkPauseOptions = optionsCheck<PauseOptions>({ by: text });

/** Who pauses now. */
export function pauseNote({ by }: PauseOptions, { clock }: Pick<Runtime, "clock">): PauseNote {
  return { by: by ?? `${hostname()}:${process.pid}`, at: clock.now() };
}
