import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { printable, printableJson } from "./printable.ts";

describe("printable", () => {
  it.each([
    ["\u001b[31mred", "\\u001b[31mred"],
    ["a\nb\r\tc", "a\\nb\\u000d\\tc"],
    ["\u009b31m", "\\u009b31m"],
    ["evil\u202etxt.exe", "evil\\u202etxt.exe"],
    ["a\u2028b", "a\\u2028b"],
    ["Grüße 日本 🎉", "Grüße 日本 🎉"],
  ])("spells out what a terminal would act on in %j [F61 F63]", (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it("is one line of visible characters, whatever came in [F63]", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(printable(text)).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
      }),
      { seed: 1 },
    );
  });

  it("JSON stays the same JSON on one line [F61]", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = printableJson(value);
        expect(text).not.toMatch(/[\p{Cc}\u2028\u2029\u202e]/u);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { seed: 1 },
    );
  });
});
