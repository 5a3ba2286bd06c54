import { expect, it } from "vitest";
import { escapeText, unescapeText } from "./escape-text.ts";

const PIECES = [
  "",
  '"',
  "\\",
  '\\"',
  "\\u0000",
  "\u0000",
  "\uD800",
  "\uDC00",
  "ü",
  "😀",
  "\n",
  "a b",
  "'; --",
];
const TEXTS = PIECES.flatMap((one) => PIECES.flatMap((two) => PIECES.map((three) => one + two + three)));

it("every text comes back, none becomes another's, and none holds what Postgres refuses", () => {
  for (const text of TEXTS) {
    const escaped = escapeText(text);
    expect(unescapeText(escaped)).toBe(text);
    expect(escaped).not.toContain("\u0000");
    expect(Buffer.from(escaped).toString()).toBe(escaped);
  }
  expect(new Set(TEXTS.map(escapeText)).size).toBe(new Set(TEXTS).size);
});

it("names as people give them stay as they are", () => {
  expect(escapeText('{a}: "b" ü')).toBe('{a}: "b" ü');
});
