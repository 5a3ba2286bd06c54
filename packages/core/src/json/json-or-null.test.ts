import { describe, expect, test } from "vitest";
import { jsonOrNull } from "./json-or-null.ts";

describe("what a handler returned", () => {
  test.each([
    [{ a: undefined }, {}],
    [{ a: undefined, b: [{ c: undefined, d: 1 }] }, { b: [{ d: 1 }] }],
    [undefined, null],
  ])("%j loses its undefined properties and nothing else", (value, kept) => {
    const losses: unknown[] = [];
    expect(jsonOrNull(value, { onLoss: (error) => losses.push(error) })).toStrictEqual(kept);
    expect(losses).toEqual([]);
  });

  test("is the very same object where nothing is undefined", () => {
    const value = { a: [1] };
    expect(jsonOrNull(value)).toBe(value);
  });

  const own: Record<string, unknown> = { gone: undefined };
  own.self = own;
  test.each([
    ["a Date", { a: { b: new Date(0) }, gone: undefined }, "a.b"],
    ["an undefined item", { a: [1, undefined], gone: undefined }, "a[1]"],
    ["a BigInt", { n: 1n, gone: undefined }, "n"],
    ["itself", own, "self"],
    ["a key __proto__", { a: JSON.parse('{"__proto__":1}'), gone: undefined }, "__proto__"],
  ])("%s is null, and the path is told", (_, value, path) => {
    const losses: unknown[] = [];
    expect(jsonOrNull(value, { onLoss: (error) => losses.push(error) })).toBeNull();
    expect(String(losses)).toContain(path);
  });

  test("a getter that throws is null, and told", () => {
    const losses: unknown[] = [];
    const value = {
      gone: undefined,
      get a(): number {
        throw new Error("no");
      },
    };
    expect(jsonOrNull(value, { onLoss: (error) => losses.push(error) })).toBeNull();
    expect(losses).toHaveLength(1);
  });
});
