import { isDelay } from "../runtime/delay.ts";

/** Length of each unit of a written duration, in ms. */
const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

type Unit = keyof typeof UNIT_MS;

const WRITTEN = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/;

/** The form of a duration, for messages and documentation. */
export const DURATION_FORM = "a duration such as 250ms, 30s, 5m, 2h or 1d, at most 36500d";

/**
 * Reads a duration: text such as `30s 5m 2h 250ms 1d`, or a number of ms, also as text. `undefined` for anything else,
 * such as negative numbers or more than 100 years. `Infinity`, also written `off`, is read only with `isOffAllowed`.
 */
export function parseDuration(raw: unknown, isOffAllowed = false): number | undefined {
  if (raw === Number.POSITIVE_INFINITY || raw === "Infinity" || raw === "off") {
    return isOffAllowed ? Number.POSITIVE_INFINITY : undefined;
  }
  if (typeof raw === "number") return isDelay(raw) ? raw : undefined;
  if (typeof raw !== "string") return undefined;
  const [, digits, unit = "ms"] = WRITTEN.exec(raw.trim()) ?? [];
  if (digits === undefined) return undefined;
  const ms = Number(digits) * UNIT_MS[unit as Unit];
  return isDelay(ms) ? ms : undefined;
}

/** The shortest text that {@link parseDuration} reads as exactly this value: `90000` → `90s`, `Infinity` → `off`. */
export function formatDuration(ms: number): string {
  if (ms === Number.POSITIVE_INFINITY) return "off";
  if (ms === 0) return "0s";
  const units: readonly Unit[] = ["d", "h", "m", "s"];
  const unit = units.find((name) => ms % UNIT_MS[name] === 0) ?? "ms";
  return `${ms / UNIT_MS[unit]}${unit}`;
}

/** A number and what is counted, for messages: `1 job`, `2 jobs`. */
export function countOf(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}
