import { ConfigError } from "../errors/config-errors.ts";

/**
 * The longest delay there is, in ms: 100 years. Any moment that far from now is still a date of four digits, and a whole
 * number for every broker.
 */
export const MAX_DELAY_MS = 36_500 * 86_400_000;

/** Finer points of {@link checkDelay}. */
export interface DelayBounds {
  /** Whether 0 is refused. Default `false`. */
  readonly isPositive?: boolean;
  /** Whether `Infinity` means "without end". Default `false`. */
  readonly isEndless?: boolean;
}

/**
 * Whether a value is a length of time in ms: a number from 0 to {@link MAX_DELAY_MS}. `NaN`, `Infinity`, a negative
 * number and a text are none: a timer would take most of them for "at once".
 */
export function isDelay(
  value: unknown,
  { isPositive = false, isEndless = false }: DelayBounds = {},
): value is number {
  if (typeof value !== "number") return false;
  if (value === Number.POSITIVE_INFINITY) return isEndless;
  return (isPositive ? value > 0 : value >= 0) && value <= MAX_DELAY_MS;
}

/** What {@link isDelay} accepts, in words that follow "must be". */
export function delayForm({ isPositive = false, isEndless = false }: DelayBounds = {}): string {
  const range = isPositive ? "above 0 and up to" : "from 0 to";
  return `a number of ms ${range} ${MAX_DELAY_MS} (100 years)${isEndless ? ", or Infinity" : ""}`;
}

/** The one check of whatever code gives as a delay. @throws ConfigError naming `what` */
export function checkDelay(value: unknown, what: string, bounds: DelayBounds = {}): asserts value is number {
  if (isDelay(value, bounds)) return;
  throw new ConfigError(`${what} must be ${delayForm(bounds)}; got ${shownDelay(value)}.`);
}

/** A delay that is none, short enough for a message. */
export function shownDelay(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 40));
  if (typeof value === "number" || value === null || value === undefined) return String(value);
  return `a value of type ${typeof value}`;
}
