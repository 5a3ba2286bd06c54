import { ConfigError } from "../errors/config-errors.ts";

/**
 * The longest delay, in ms: 100 years. The end of such a delay is still a year of four digits, and a whole number in
 * every broker.
 */
export const MAX_DELAY_MS = 36_500 * 86_400_000;

/** The longest time that a timer of the language takes, in ms. With a longer one it fires after 1 ms. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/** Options of {@link checkDelay}. */
export interface DelayBounds {
  /** Whether 0 is refused. Default `false`. */
  readonly isPositive?: boolean;
  /** Whether `Infinity` is allowed, for no limit. Default `false`. */
  readonly isEndless?: boolean;
}

/**
 * Whether a value is a time in ms: a number from 0 to {@link MAX_DELAY_MS}. `NaN`, `Infinity`, negative numbers and
 * text are not: a timer would run at once for most of them.
 */
export function isDelay(
  value: unknown,
  { isPositive = false, isEndless = false }: DelayBounds = {},
): value is number {
  if (typeof value !== "number") return false;
  if (value === Number.POSITIVE_INFINITY) return isEndless;
  return (isPositive ? value > 0 : value >= 0) && value <= MAX_DELAY_MS;
}

/** What {@link isDelay} accepts, as words that follow "must be". */
export function delayForm({ isPositive = false, isEndless = false }: DelayBounds = {}): string {
  const range = isPositive ? "above 0 and up to" : "from 0 to";
  return `a number of ms ${range} ${MAX_DELAY_MS} (100 years)${isEndless ? ", or Infinity" : ""}`;
}

/** The check of every delay that code passes. @throws ConfigError naming `what` */
export function checkDelay(value: unknown, what: string, bounds: DelayBounds = {}): asserts value is number {
  if (isDelay(value, bounds)) return;
  throw new ConfigError(`${what} must be ${delayForm(bounds)}; got ${shownDelay(value)}.`);
}

/** An invalid delay as text, short enough for a message. */
export function shownDelay(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 40));
  if (typeof value === "number" || value === null || value === undefined) return String(value);
  return `a value of type ${typeof value}`;
}
