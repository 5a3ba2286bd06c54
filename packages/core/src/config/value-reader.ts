import { parseDuration } from "./duration.ts";

/** Converts a written value to a setting's value: text of a variable, or a value of a file or of code. */
export interface ValueReader<T> {
  /** The accepted form, as words that follow "must be". */
  readonly expected: string;
  /** The value; `undefined` when `raw` cannot be read. */
  read(raw: unknown): T | undefined;
}

const NAME = /^[A-Za-z0-9_.-]{1,80}$/;
const BOOLEANS: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  "1": true,
  false: false,
  no: false,
  off: false,
  "0": false,
};

/** A duration of at least `minMs`; with `isOffAllowed` also `off`. Resolves to ms. */
export function durationReader(bounds: {
  readonly minMs: number;
  readonly isOffAllowed?: boolean;
}): ValueReader<number> {
  const { minMs, isOffAllowed = false } = bounds;
  return {
    expected: `a duration of at least ${minMs} ms (250ms, 30s, 5m, 2h, 1d; 36500d at most)${isOffAllowed ? " or off" : ""}`,
    read(raw) {
      const ms = parseDuration(raw, isOffAllowed);
      return ms !== undefined && ms >= minMs ? ms : undefined;
    },
  };
}

/** A whole number from `min` to `max`. */
export function integerReader(min: number, max = Number.MAX_SAFE_INTEGER): ValueReader<number> {
  const upTo = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  return {
    expected: `a whole number ${upTo}`,
    read(raw) {
      const number = typeof raw === "string" && /^\d+$/.test(raw.trim()) ? Number(raw) : raw;
      if (typeof number !== "number" || !Number.isSafeInteger(number)) return undefined;
      return number >= min && number <= max ? number : undefined;
    },
  };
}

/** `true` or `false`, and the usual words for them in environment variables. */
export const booleanReader: ValueReader<boolean> = {
  expected: "true or false",
  read(raw) {
    if (typeof raw === "boolean") return raw;
    const word = String(raw).trim().toLowerCase();
    return Object.hasOwn(BOOLEANS, word) ? BOOLEANS[word] : undefined;
  },
};

/** One of the given words. */
export function wordReader<Word extends string>(...words: readonly Word[]): ValueReader<Word> {
  return {
    expected: words.join(" or "),
    read: (raw) => words.find((word) => word === raw),
  };
}

/** Several of the given words: separated by commas, or as a list. */
export function wordsReader<Word extends string>(...words: readonly Word[]): ValueReader<readonly Word[]> {
  const one = wordReader(...words);
  return {
    expected: `any of ${words.join(", ")}`,
    read(raw) {
      if (raw === "") return [];
      const written: unknown = typeof raw === "string" ? raw.split(",") : raw;
      if (!Array.isArray(written)) return undefined;
      const known = written.map((word) => one.read(typeof word === "string" ? word.trim() : word));
      return known.every((word) => word !== undefined) ? [...new Set(known)] : undefined;
    },
  };
}

/** A name that every broker accepts (F64: without separators of keys, paths or patterns). */
export const nameReader: ValueReader<string> = {
  expected: "1 to 80 characters of A-Z a-z 0-9 _ . -",
  read: (raw) => (typeof raw === "string" && NAME.test(raw) ? raw : undefined),
};

/** A prefix of names: a name, or empty. */
export const prefixReader: ValueReader<string> = {
  expected: "up to 80 characters of A-Z a-z 0-9 _ . -",
  read: (raw) => (raw === "" ? "" : nameReader.read(raw)),
};

/** Any text but the empty one. */
export const textReader: ValueReader<string> = {
  expected: "a text",
  read: (raw) => (typeof raw === "string" && raw !== "" ? raw : undefined),
};
