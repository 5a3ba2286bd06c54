import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NotJsonError } from "../errors/contract-errors.ts";
import { assertJson, findParamsError, MAX_JSON_DEPTH } from "./json-safety.ts";

class Money {
  readonly amount = 1;
}

class Items extends Array<number> {}

const cyclic: Record<string, unknown> = { name: "a" };
cyclic.inner = { list: [cyclic] };

function hidden(): object {
  return Object.defineProperty({ shown: 1 }, "secret", { value: 2, enumerable: false });
}

function nested(depth: number): unknown {
  let value: unknown = "leaf";
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { v: value };
  return value;
}

function throwingProxy(): object {
  const refuse = (): never => {
    throw new Error("trap called");
  };
  return new Proxy(
    {},
    { get: refuse, ownKeys: refuse, getPrototypeOf: refuse, getOwnPropertyDescriptor: refuse },
  );
}

function revokedProxy(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

const never = (): never => {
  throw new Error("accessor called");
};

/** Values that JSON would change or lose: name, value, text of the error, and the path inside the value. */
const REFUSED: readonly [name: string, value: unknown, found: string, at?: string][] = [
  ["undefined", undefined, "undefined"],
  ["undefined in an object", { a: undefined }, "undefined", ".a"],
  ["undefined in an array", [1, undefined], "undefined", "[1]"],
  ["NaN", Number.NaN, "NaN"],
  ["Infinity", Number.POSITIVE_INFINITY, "Infinity"],
  ["-Infinity", Number.NEGATIVE_INFINITY, "-Infinity"],
  ["-0", -0, "-0"],
  ["BigInt", 1n, "a BigInt"],
  ["symbol", Symbol("s"), "a symbol"],
  ["function", () => 1, "a function"],
  ["Date", new Date(0), "a Date"],
  ["invalid Date", new Date(Number.NaN), "a Date"],
  ["Date of another realm", runInNewContext("new Date(0)"), "a Date"],
  ["Map", new Map([["a", 1]]), "a Map"],
  ["Set", new Set([1]), "a Set"],
  ["WeakMap", new WeakMap(), "a class instance"],
  ["Buffer", Buffer.from("abc"), "binary data"],
  ["Uint8Array", new Uint8Array(2), "binary data"],
  ["DataView", new DataView(new ArrayBuffer(2)), "binary data"],
  ["ArrayBuffer", new ArrayBuffer(2), "binary data"],
  ["RegExp", /a/, "a RegExp"],
  ["Error", new Error("x"), "a class instance"],
  ["URL", new URL("https://example.org"), "a class instance"],
  ["promise", Promise.resolve(1), "a promise"],
  ["class instance", new Money(), "a class instance"],
  ["object with a prototype of its own", Object.create({ inherited: 1 }), "a class instance"],
  ["array of a class", Items.from([1]), "an array of a class"],
  ["boxed number", Object(1), "a boxed primitive"],
  ["boxed text", Object("a"), "a boxed primitive"],
  ["boxed boolean", Object(true), "a boxed primitive"],
  ["boxed symbol", Object(Symbol("s")), "a boxed primitive"],
  ["boxed BigInt", Object(1n), "a boxed primitive"],
  ["toJSON", { a: { toJSON: () => 1 } }, "a function that replaces its object", ".a.toJSON"],
  [
    "getter",
    {
      get a() {
        return never();
      },
    },
    "an accessor",
    ".a",
  ],
  [
    "setter",
    {
      set a(_: unknown) {
        never();
      },
    },
    "an accessor",
    ".a",
  ],
  [
    "getter of an array",
    Object.defineProperty([1], 0, { get: never, enumerable: true }),
    "an accessor",
    "[0]",
  ],
  ["symbol key", { a: { [Symbol("s")]: 1 } }, "something with symbol keys", ".a"],
  ["symbol key of an array", Object.assign([1], { [Symbol("s")]: 1 }), "something with symbol keys"],
  ["hidden property", hidden(), "a hidden property", ".secret"],
  ["sparse array", Object.assign(new Array(3), { 0: 1, 2: 3 }), "an array with holes or names"],
  ["empty array with a length", new Array(3), "an array with holes or names"],
  ["array with names", Object.assign([1], { extra: 1 }), "an array with holes or names"],
  ["hole beside a name", Object.assign(new Array(1), { extra: 1 }), "an array with holes or names"],
  ["result of a regular expression", /a/.exec("a"), "an array with holes or names"],
  ["proxy", new Proxy({}, {}), "a proxy"],
  ["proxy of an array", new Proxy([], {}), "a proxy"],
  ["proxy that throws", throwingProxy(), "a proxy"],
  ["revoked proxy", revokedProxy(), "a proxy"],
  ["cycle", cyclic, "a cycle", ".inner.list[0]"],
  [
    "own __proto__",
    JSON.parse('{"a":{"__proto__":{"x":1}}}'),
    "under a key that poisons prototypes",
    ".a.__proto__",
  ],
  ["too deep", nested(MAX_JSON_DEPTH + 1), "nested too deep"],
  ["absurdly deep", nested(100_000), "nested too deep"],
  ["generator", (function* () {})(), "a class instance"],
  ["globalThis", globalThis, "a class instance"],
];

function refusal(value: unknown): NotJsonError {
  try {
    assertJson(value, "params");
  } catch (error) {
    if (error instanceof NotJsonError) return error;
    throw error;
  }
  throw new Error("accepted");
}

describe("values that JSON would change or lose [F51]", () => {
  it.each(REFUSED)("refuses %s with its place", (_, value, found, at) => {
    const error = refusal({ list: ["fine", { when: value }] });
    expect(error.found).toBe(found);
    expect(error.path.startsWith(`params.list[1].when${at ?? ""}`)).toBe(true);
    if (at !== undefined) expect(error.path).toBe(`params.list[1].when${at}`);
  });

  it("allows exactly as many levels as it says", () => {
    expect(() => assertJson(nested(MAX_JSON_DEPTH), "params")).not.toThrow();
    expect(refusal(nested(MAX_JSON_DEPTH + 1)).found).toBe("nested too deep");
  });

  it("tells a cycle from an object that is merely used twice before it", () => {
    const shared = { sku: "a" };
    const params: Record<string, unknown> = { first: shared, second: shared };
    params.self = params;
    expect(refusal(params).path).toBe("params.self");
  });

  it("names a place without building a path as long as the nesting", () => {
    expect(refusal(nested(100_000)).path.length).toBeLessThan(250);
  });

  it("quotes keys that are no identifiers, so that no key can pass for a path", () => {
    expect(refusal({ "a.b[0]": { "": Number.NaN } }).path).toBe('params["a.b[0]"][""]');
  });

  it("never shows the value", () => {
    const error = refusal({ password: Object("hunter2") });
    expect(`${error.message} ${error.hint}`).not.toContain("hunter2");
  });

  it("says what to pass instead", () => {
    expect(refusal({ at: new Date(0) }).hint).toBe("Pass date.toISOString().");
  });
});

describe("values that arrive as they are [F51]", () => {
  const shared = { sku: "a" };

  it.each<[name: string, value: unknown]>([
    ["scalars", ["", "text", 0, 1.5, -1, true, false, null]],
    [
      "limits of numbers",
      [Number.MAX_SAFE_INTEGER, Number.MAX_VALUE, Number.MIN_VALUE, Number.EPSILON, 2 ** 60],
    ],
    ["odd texts", ["\u0000", "\uFFFE", "\uD800", "\u2028", "🙂", "\uFEFF"]],
    ["empty containers", { list: [], object: {} }],
    ["an object without a prototype", Object.assign(Object.create(null), { a: 1 })],
    ["a frozen object", Object.freeze({ list: Object.freeze([1]) })],
    ["the same object twice", { first: shared, second: shared, list: [shared, shared] }],
    ["keys that look like indexes", { 1: "a", 0: "b", "-1": "c" }],
    ["keys of every object", { constructor: 1, prototype: 2, toString: 3, hasOwnProperty: 4, length: 5 }],
    ["toJSON as data", { toJSON: "text" }],
    ["the deepest nesting", nested(MAX_JSON_DEPTH - 1)],
    ["plain data of another realm", runInNewContext('({ list: [1, { a: "b" }] })')],
    ["a long list", Array.from({ length: 10_000 }, (_, i) => i)],
  ])("accepts %s", (_, value) => {
    expect(() => assertJson(value, "params")).not.toThrow();
    expect(JSON.parse(JSON.stringify(value))).toEqual(value);
  });

  it("accepts only what survives the round trip, whatever the value", () => {
    fc.assert(
      fc.property(
        fc.anything({
          withBigInt: true,
          withDate: true,
          withMap: true,
          withSet: true,
          withBoxedValues: true,
          withNullPrototype: true,
          withSparseArray: true,
          withTypedArray: true,
          maxDepth: 3,
        }),
        (value) => {
          try {
            assertJson(value, "params");
          } catch (error) {
            expect(error).toBeInstanceOf(NotJsonError);
            return;
          }
          expect(JSON.parse(JSON.stringify(value))).toEqual(value);
        },
      ),
      { seed: 1, numRuns: 2_000 },
    );
  });
});

describe("named parameters", () => {
  it("lets a parameter hold undefined, which counts as left out", () => {
    expect(findParamsError({ a: 1, b: undefined }, "params")).toBeUndefined();
  });

  it("lets nothing below them hold undefined", () => {
    expect(findParamsError({ a: { b: undefined } }, "params")?.path).toBe("params.a.b");
  });

  it("still refuses accessors and hidden parameters", () => {
    expect(
      findParamsError(
        {
          get a() {
            return never();
          },
        },
        "params",
      )?.found,
    ).toBe("an accessor");
    expect(findParamsError(hidden(), "params")?.path).toBe("params.secret");
  });

  it("refuses parameters that are no plain object", () => {
    expect(findParamsError(new Money(), "params")?.path).toBe("params");
  });
});
