import { systemClock } from "@jobs/core/runtime";

/** How far back it counts, in ms. */
const WINDOW_MS = 10_000;

/** Steps are joined in slices of this time, in ms, so that few are kept. */
const SLICE_MS = 1_000;

/** How many jobs were sent in a second, over the last 10 s. */
export class SentRate {
  readonly #startedAt = systemClock.monotonic();
  #slices: { readonly at: number; sent: number }[] = [];

  add(sent: number): void {
    const now = systemClock.monotonic();
    const last = this.#slices.at(-1);
    if (last !== undefined && now - last.at < SLICE_MS) last.sent += sent;
    else this.#slices = [...this.#slices.filter(({ at }) => now - at < WINDOW_MS), { at: now, sent }];
  }

  /** A relay that is younger than the window counts from its start. */
  get perSecond(): number {
    const now = systemClock.monotonic();
    const spanMs = Math.min(WINDOW_MS, Math.max(SLICE_MS, now - this.#startedAt));
    let sent = 0;
    for (const slice of this.#slices) if (now - slice.at < WINDOW_MS) sent += slice.sent;
    return Math.round((sent / spanMs) * 100_000) / 100;
  }
}
