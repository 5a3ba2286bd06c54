import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MalformedMessageError } from "../errors/broker-errors.ts";
import { MAX_JSON_DEPTH } from "./json-safety.ts";
import { parseJson } from "./parse-json.ts";

function reason(text: string): string {
  try {
    parseJson(text);
  } catch (error) {
    if (error instanceof MalformedMessageError) return error.message;
    throw error;
  }
  return "accepted";
}

const TWICE = "holds a key twice";
const NUMBER = "holds a number that cannot be read exactly";
const POISON = "holds a key that poisons prototypes";
const DEEP = "nested deeper than 201 levels";
const MAX_DEPTH = MAX_JSON_DEPTH + 1;

describe("texts that JSON.parse would accept and change [F50]", () => {
  it.each([
    ["an equal key", '{"a":1,"a":1}', TWICE],
    ["a key repeated deep inside", '[{"a":[{"b":1,"c":2,"b":3}]}]', TWICE],
    ["a key repeated in another spelling", '{"a":1,"\\u0061":2}', TWICE],
    ["a key repeated around white space", '{ "a" : 1 ,\n "a"\t: 2 }', TWICE],
    ["a key repeated among escapes", '{"\\"a\\\\":1,"x":":","\\"a\\\\":2}', TWICE],
    ["a number beyond the largest", '{"a":1e400}', NUMBER],
    ["a negative number beyond the largest", "[-1E+400]", NUMBER],
    ["a number of 400 digits", `[${"9".repeat(400)}]`, NUMBER],
    ["2^53 + 1", '{"id":9007199254740993}', NUMBER],
    ["-(2^53 + 1)", '{"id":-9007199254740993}', NUMBER],
    ["__proto__ at the top", '{"__proto__":{"admin":true}}', POISON],
    ["__proto__ inside", '{"a":[{"__proto__":null}]}', POISON],
    ["__proto__ in another spelling", '{"\\u005f_proto_\\u005f":1}', POISON],
    ["objects too deep", `${'{"a":'.repeat(MAX_DEPTH + 1)}1${"}".repeat(MAX_DEPTH + 1)}`, DEEP],
    ["arrays 10,000 deep", `${"[".repeat(10_000)}${"]".repeat(10_000)}`, DEEP],
    ["arrays 1,000,000 deep", `${"[".repeat(1_000_000)}${"]".repeat(1_000_000)}`, DEEP],
  ])("refuses %s", (_, text, expected) => {
    expect(reason(text)).toContain(expected);
    expect(({} as Record<string, unknown>).admin).toBeUndefined();
  });

  it.each([
    ["2^53", "9007199254740992", 2 ** 53],
    ["2^60, which a double holds exactly", "1152921504606846976", 2 ** 60],
    ["2^69 as JavaScript writes it", "590295810358705700000", 2 ** 69],
    ["2^69 as Python writes it", "590295810358705651712", 2 ** 69],
    ["a fraction with more digits than a double has", "0.1234567890123456789", 0.12345678901234568],
    ["the largest double", "1.7976931348623157e308", Number.MAX_VALUE],
    ["a tiny number", "1e-400", 0],
    ["-0", "-0", -0],
    ["digits inside of a text", '"9007199254740993 1e400 : \\" :"', '9007199254740993 1e400 : " :'],
    [
      "keys of every object",
      '{"constructor":1,"prototype":2,"toString":3}',
      { constructor: 1, prototype: 2, toString: 3 },
    ],
    ["equal keys of different objects", '[{"a":1},{"a":{"a":2}}]', [{ a: 1 }, { a: { a: 2 } }]],
    ["colons in texts", '{"a:b":":","c":"\\\\"}', { "a:b": ":", c: "\\" }],
    [
      "the deepest nesting",
      `${"[".repeat(MAX_DEPTH)}${"]".repeat(MAX_DEPTH)}`,
      JSON.parse(`${"[".repeat(MAX_DEPTH)}${"]".repeat(MAX_DEPTH)}`),
    ],
    ["a scalar", "null", null],
  ])("reads %s", (_, text, value) => {
    expect(parseJson(text)).toStrictEqual(value);
  });
});

describe("texts that are no JSON [F50]", () => {
  it.each([
    ["an empty text", "", "it is empty"],
    ["white space", " \n\t", "it is empty"],
    ["a byte order mark", '\uFEFF{"a":1}', "byte order mark"],
    ["a cut text", '{"a":"secret', "not JSON"],
    ["a trailing comma", '{"a":"secret",}', "not JSON from character 14 on"],
    ["two texts", '{"a":"secret"} {}', "not JSON from character 15 on"],
    ["NaN", '{"secret":NaN}', "not JSON"],
    ["single quotes", "{'secret':1}", "not JSON"],
    ["a raw NUL in a text", '{"a":"secret\u0000"}', "not JSON"],
    ["XML", "<secret/>", "not JSON"],
    ["base64", "c2VjcmV0", "not JSON"],
  ])("refuses %s without quoting it", (_, text, expected) => {
    const message = reason(text);
    expect(message).toContain(expected);
    expect(message).not.toContain("secret");
    expect(message).not.toContain("c2Vj");
  });

  it("keeps the engine's error out, because it quotes the text", () => {
    expect.assertions(1);
    try {
      parseJson("secret");
    } catch (error) {
      expect((error as Error).cause).toBeUndefined();
    }
  });
});

describe("any JSON", () => {
  it("is read as JSON.parse reads it, with any white space", () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: "binary" }), fc.constantFrom(0, 2, "\t"), (value, space) => {
        fc.pre(!JSON.stringify(value).includes("__proto__"));
        const text = JSON.stringify(value, null, space);
        expect(parseJson(text)).toStrictEqual(JSON.parse(text));
      }),
      { seed: 1, numRuns: 2_000 },
    );
  });

  it("never throws anything but a refusal", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'{}[]":,\\u0019eE+-.tfn \n\uFEFFa') }), (text) => {
        expect(reason(text)).toMatch(/^(accepted|the message cannot be trusted: )/);
      }),
      { seed: 1, numRuns: 5_000 },
    );
  });

  it("is read also where somebody extended Object.prototype", () => {
    let value: unknown;
    Object.defineProperty(Object.prototype, "extension", { value: 1, enumerable: true, configurable: true });
    try {
      value = parseJson('{"a":1}');
    } finally {
      Reflect.deleteProperty(Object.prototype, "extension");
    }
    expect(value).toEqual({ a: 1 });
  });
});
