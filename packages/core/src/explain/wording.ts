import type { Evidence, EvidenceSource } from "./explanation.ts";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** A duration for people, in two units at most: `8s`, `2m 5s`, `3h`, `4d 2h`. Below a second it is `0s`. */
export function spanText(ms: number): string {
  const whole = Math.max(0, Math.round(ms / SECOND_MS)) * SECOND_MS;
  if (whole < MINUTE_MS) return `${whole / SECOND_MS}s`;
  if (whole < HOUR_MS) return twoUnits(whole, [MINUTE_MS, "m"], [SECOND_MS, "s"]);
  if (whole < DAY_MS) return twoUnits(whole, [HOUR_MS, "h"], [MINUTE_MS, "m"]);
  return twoUnits(whole, [DAY_MS, "d"], [HOUR_MS, "h"]);
}

type Unit = readonly [ms: number, name: string];

function twoUnits(ms: number, [large, largeName]: Unit, [small, smallName]: Unit): string {
  const rest = Math.floor((ms % large) / small);
  const first = `${Math.floor(ms / large)}${largeName}`;
  return rest === 0 ? first : `${first} ${rest}${smallName}`;
}

/** A time in ISO 8601. A stored time may be any number after a corruption. */
export function timeText(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString();
}

/** A time that is still to come: `2026-11-29T22:00:00.000Z, in 8s`. */
export function untilText(ms: number, now: number): string {
  return ms > now ? `${timeText(ms)}, in ${spanText(ms - now)}` : timeText(ms);
}

/** A rate for people: `3.5 per second`, or `one each 20s` for slow ones. */
export function rateText(perSecond: number): string {
  if (perSecond < 1) return `one each ${spanText(SECOND_MS / perSecond)}`;
  return `${Math.round(perSecond * 10) / 10} per second`;
}

/** The most names in one sentence. */
const NAMED = 5;

/** Names in one sentence, not all of a long list. */
export function namesText(names: readonly string[]): string {
  const shown = names.slice(0, NAMED).join(", ");
  return names.length > NAMED ? `${shown} and ${names.length - NAMED} more` : shown;
}

/** Collects what was read for one answer. */
export class EvidenceList {
  readonly items: Evidence[] = [];

  add(source: EvidenceSource, statement: string): void {
    this.items.push({ source, statement });
  }
}
