import { testPattern } from "./test-pattern.ts";

/** What is known of a format without the library that checks it. Libraries differ at the edges. */
export interface Format {
  /** Values that each library accepts. */
  readonly samples: readonly string[];
  /** Values that each library accepts match this. */
  readonly sure: RegExp;
  /** Values that no library accepts do not match this. */
  readonly loose: RegExp;
  readonly min: number;
  readonly max: number;
  /** A valid value of a length, where there is one. */
  readonly sized?: (length: number) => string;
}

const UUID = /^[\da-f]{8}-[\da-f]{4}-[1-5][\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/i;
const HEX_UUID = /^(?:urn:uuid:)?[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i;
const NIL_UUID = "00000000-0000-0000-0000-000000000000";
const MAX_UUID = "ffffffff-ffff-ffff-ffff-ffffffffffff";
const BYTE = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const DAY = "20\\d\\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\\d|2[0-8])";
const TIME = "(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d";

/** The formats that are compared. Any other one is a rule that cannot be decided. */
export const FORMATS: Readonly<Record<string, Format>> = {
  email: {
    samples: ["a@example.com"],
    sure: /^[a-z\d]{1,20}@(?:[a-z\d]{1,20}\.)+[a-z]{2,6}$/,
    loose: /^[^@\s]+@[^@\s]+$/,
    min: 5,
    max: Number.POSITIVE_INFINITY,
    sized: (length) => (length >= 6 && length <= 64 ? `${"a".repeat(length - 5)}@b.co` : ""),
  },
  uuid: {
    samples: ["9b2e4c1a-3f5d-4e6f-8a7b-0c1d2e3f4a5b"],
    sure: new RegExp(`${UUID.source}|^${NIL_UUID}$|^${MAX_UUID}$`, "i"),
    loose: HEX_UUID,
    min: 36,
    max: 45,
  },
  uri: {
    samples: ["https://example.com/a"],
    sure: /^https?:\/\/[a-z\d]+(?:\.[a-z\d]+)*\.[a-z]{2,6}(?:\/[a-z\d]*)*$/,
    loose: /^[a-z][a-z\d+.-]*:/i,
    min: 2,
    max: Number.POSITIVE_INFINITY,
    sized: (length) => (length >= 14 && length <= 2_000 ? `https://a.com/${"a".repeat(length - 14)}` : ""),
  },
  "date-time": {
    samples: ["2026-01-02T03:04:05Z", "2026-01-02T03:04:05.678Z"],
    sure: new RegExp(`^${DAY}T${TIME}(?:\\.\\d{3})?Z$`),
    loose: /^[+-]?\d{4,6}-\d\d-\d\d[t\s]/i,
    min: 17,
    max: Number.POSITIVE_INFINITY,
  },
  date: {
    samples: ["2026-01-02"],
    sure: new RegExp(`^${DAY}$`),
    loose: /^\d{4}-\d\d-\d\d$/,
    min: 10,
    max: 10,
  },
  ipv4: {
    samples: ["192.0.2.1", "1.2.3.4", "192.168.100.200"],
    sure: new RegExp(`^(?:${BYTE}\\.){3}${BYTE}$`),
    loose: /^\d{1,3}(?:\.\d{1,3}){3}$/,
    min: 7,
    max: 15,
  },
  ipv6: {
    samples: ["2001:db8:0:0:0:0:0:1"],
    sure: /^2001:db8(?::[1-9a-f0]){6}$/,
    loose: /:.*:/,
    min: 2,
    max: 45,
  },
};

/** Values that are of no format. */
const ODD = ["", " ", "x", "§§", "a b"];

/** Whether a pattern says no more than the format that stands beside it: libraries print the format's own one. */
export function repeatsFormat(pattern: string, { samples, loose }: Format): boolean {
  const matches = (text: string) => testPattern(pattern, text) === true;
  return samples.every(matches) && !ODD.some((text) => !loose.test(text) && matches(text));
}
