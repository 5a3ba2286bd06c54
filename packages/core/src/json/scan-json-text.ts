/** Facts of a JSON text that its parsed value does not show. */
export interface JsonTextScan {
  /** Number of keys, counting repeated ones. */
  readonly keys: number;
  /** Whether parsing would change a number that is too large or too long. */
  readonly hasChangedNumber: boolean;
}

const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;

/** The most keys in a text: parsing more takes longer than other jobs should wait. */
export const MAX_JSON_KEYS = 200_000;

/** The most objects and lists, which are parsed faster. */
export const MAX_JSON_CONTAINERS = 1_000_000;

/** Shorter texts cannot contain too many: the shortest key takes five characters, `"":0,`. */
const SHORTEST_TOO_LARGE = 5 * MAX_JSON_KEYS;

/**
 * Whether a text, JSON or not, has more keys, objects and lists than allowed. It reads the text once and builds
 * nothing. Texts up to a MB, about the default limit of brokers, are not read.
 */
export function hasTooManyParts(text: string): boolean {
  if (text.length < SHORTEST_TOO_LARGE) return false;
  let keys = 0;
  let containers = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) {
      i = endOfString(text, i);
      // The text is incomplete, which the parser will report.
      if (i < 0) return false;
    } else if (code === COLON) keys++;
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) containers++;
    if (keys > MAX_JSON_KEYS || containers > MAX_JSON_CONTAINERS) return true;
  }
  return false;
}

/** Scans a valid JSON text once, without recursion. */
export function scanJsonText(text: string): JsonTextScan {
  let keys = 0;
  let hasChangedNumber = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) i = endOfString(text, i);
    else if (code === COLON) keys++;
    else if (code === MINUS || (code >= ZERO && code <= NINE)) {
      const end = endOfNumber(text, i);
      hasChangedNumber ||= isChanged(text, i, end);
      i = end - 1;
    }
  }
  return { keys, hasChangedNumber };
}

/** The closing quote: the first one with an even number of backslashes before it. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end;
}

function isEscaped(text: string, position: number): boolean {
  let first = position;
  while (text.charCodeAt(first - 1) === BACKSLASH) first--;
  return (position - first) % 2 === 1;
}

function endOfNumber(text: string, start: number): number {
  let end = start + 1;
  while (end < text.length && !isEndOfNumber(text.charCodeAt(end))) end++;
  return end;
}

/** White space, `,`, `]` or `}` end a number; digits, sign, point and exponent do not. */
function isEndOfNumber(code: number): boolean {
  return code <= 0x20 || code === 0x2c || code === 0x5d || code === 0x7d;
}

/** Parsing cannot change a number of up to 15 characters without an exponent. */
const SAFE_LENGTH = 15;

function isChanged(text: string, start: number, end: number): boolean {
  if (end - start <= SAFE_LENGTH && !hasExponent(text, start, end)) return false;
  const written = text.slice(start, end);
  const value = Number(written);
  if (!Number.isFinite(value)) return true;
  // Fractions and exponents are always approximate; a written whole number is exact.
  if (!/^-?\d+$/.test(written) || String(value) === written) return false;
  return BigInt(written) !== BigInt(value);
}

function hasExponent(text: string, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if ((text.charCodeAt(i) | 0x20) === 0x65) return true;
  return false;
}
