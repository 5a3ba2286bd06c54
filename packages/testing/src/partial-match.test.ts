import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { matchesPartially } from "./partial-match.ts";

describe("matchesPartially", () => {
  test("every JSON value contains itself, and an object contains any of its parts", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.string(), (value, key) => {
        expect(matchesPartially(value, value)).toBe(true);
        const { [key]: _left, ...part } = value;
        expect(matchesPartially(value, part)).toBe(true);
      }),
      { seed: 1 },
    );
  });

  test.each([
    [1, "1"],
    [null, {}],
    [[], {}],
    [{}, []],
    [{ a: 1 }, { a: 2 }],
    [{}, { a: undefined, b: 1 }],
    [{ a: [1, 2] }, { a: [1] }],
    [undefined, null],
  ])("%j does not contain %j", (actual, expected) => {
    expect(matchesPartially(actual, expected)).toBe(false);
  });

  test("a key that is expected to be undefined may be absent", () => {
    expect(matchesPartially({ a: 1 }, { b: undefined })).toBe(true);
  });

  test("asks matchers of test libraries, at any depth", () => {
    expect(matchesPartially({ list: [{ id: "x" }] }, { list: [{ id: expect.any(String) }] })).toBe(true);
    expect(matchesPartially({ id: 1 }, { id: expect.any(String) })).toBe(false);
  });
});
