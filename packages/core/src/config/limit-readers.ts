import { parseRate } from "../task/rate.ts";
import { booleanReader, integerReader, type ValueReader } from "./value-reader.ts";

const whole = integerReader(1, 10_000);

/** The most at once; `off` resolves to `Infinity`. */
export const limitReader: ValueReader<number> = {
  expected: `${whole.expected} or off`,
  read(raw) {
    return raw === Number.POSITIVE_INFINITY || raw === "off" ? Number.POSITIVE_INFINITY : whole.read(raw);
  },
};

/** Jobs per second, written per second, minute, hour or day; `off` resolves to `Infinity`. */
export const rateReader: ValueReader<number> = {
  expected: "a rate such as 10/s, 600/m, 1000/h or 5/d, or off",
  read: parseRate,
};

/** Whether to pause; code may pass a function that returns it. */
export const pauseReader: ValueReader<boolean | (() => boolean)> = {
  expected: booleanReader.expected,
  read: (raw) => (typeof raw === "function" ? (raw as () => boolean) : booleanReader.read(raw)),
};
