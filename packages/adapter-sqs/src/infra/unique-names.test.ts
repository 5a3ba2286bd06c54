import { describe, expect, it } from "vitest";
import { uniqueNames } from "./unique-names.ts";

describe("uniqueNames", () => {
  it("gives a number to names that are taken, also by a number", () => {
    const names = uniqueNames(["a-b", "a_b", "ab", "ab2"], (text) => text.replace(/[^a-z0-9]/g, ""));
    expect([...names.values()]).toEqual(["ab", "ab2", "ab3", "ab22"]);
    expect(new Set(names.values()).size).toBe(4);
  });
});
