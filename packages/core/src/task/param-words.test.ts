import { describe, expect, it } from "vitest";
import { isJobsError } from "../errors/jobs-error.ts";
import { type ParamNames, type ParamWords, signatureOfNames, signatureOfWords } from "./param-words.ts";

function refusal(make: () => unknown): string {
  try {
    make();
  } catch (error) {
    if (isJobsError(error, "invalid_config")) return `${error.message} ${error.hint ?? ""}`;
    throw error;
  }
  return "accepted";
}

describe("words", () => {
  it("keeps the order of declaration for people and sorts for the wire", () => {
    const signature = signatureOfWords("t", { zeta: "string", alpha: "integer?", mid: "any" });
    expect(signature.text).toBe("zeta, alpha?, mid");
    expect(signature.fingerprint).toBe("alpha?,mid,zeta");
    expect(signature.params).toEqual([
      { name: "zeta", isOptional: false, kind: "string" },
      { name: "alpha", isOptional: true, kind: "integer" },
      { name: "mid", isOptional: false, kind: "any" },
    ]);
  });

  const samples: Readonly<Record<string, unknown>> = {
    text: "x",
    fraction: 1.5,
    whole: 2,
    yes: true,
    nothing: null,
    list: [1],
    record: { a: 1 },
  };

  it.each<[word: string, accepted: readonly string[]]>([
    ["string", ["text"]],
    ["number", ["fraction", "whole"]],
    ["integer", ["whole"]],
    ["boolean", ["yes"]],
    ["array", ["list"]],
    ["object", ["record"]],
    ["any", Object.keys(samples)],
  ])("%s accepts %j and nothing else", async (word, accepted) => {
    const signature = signatureOfWords("t", { a: word } as ParamWords);
    const passed = [];
    for (const [name, value] of Object.entries(samples)) {
      if ((await signature.check({ a: value })).status === "ok") passed.push(name);
    }
    expect(passed).toEqual(accepted);
  });

  it("reports every value that does not fit, by pointer and type word", () => {
    const signature = signatureOfWords("t", { a: "number", b: "integer?", c: "array" });
    expect(signature.check({ a: "secret", b: null, c: [] })).toEqual({
      status: "refused",
      issues: [
        { path: "/a", kind: "invalid", expected: "number", got: "string" },
        { path: "/b", kind: "invalid", expected: "integer", got: "null" },
      ],
    });
  });

  it.each<[words: unknown, expected: string]>([
    [{ a: "numbr" }, 'parameter "a" has the unknown type "numbr". Did you mean "number"?'],
    [{ a: "date" }, 'unknown type "date". Use one of string, number, integer'],
    [{ a: "number??" }, 'unknown type "number??"'],
    [{ a: "?" }, 'unknown type "?"'],
    [{ a: "" }, 'unknown type ""'],
    [{ a: "toString" }, 'unknown type "toString"'],
    [{ a: 5 }, "unknown type number"],
    [{ a: null }, "unknown type null"],
    [{ a: { type: "string" } }, "unknown type object"],
  ])("refuses %o", (words, expected) => {
    expect(refusal(() => signatureOfWords('task "t"', words as ParamWords))).toContain(expected);
  });
});

describe("names", () => {
  it("accepts any JSON value under each name", () => {
    const signature = signatureOfNames("t", ["file", "dry_run?"]);
    expect(signature.params.map(({ name, isOptional, kind }) => [name, isOptional, kind])).toEqual([
      ["file", false, "any"],
      ["dry_run", true, "any"],
    ]);
    expect(signature.check({ file: null })).toEqual({ status: "ok", value: { file: null } });
  });

  it.each<[names: unknown, expected: string]>([
    [["a", "a"], 'parameter "a" is declared twice'],
    [["a", "a?"], 'parameter "a" is declared twice'],
    [["__proto__"], 'a parameter cannot be called "__proto__"'],
    [["constructor"], 'a parameter cannot be called "constructor"'],
    [["prototype?"], 'a parameter cannot be called "prototype"'],
    [["toString"], 'a parameter cannot be called "toString"'],
    [[""], '"" cannot be a parameter\'s name'],
    [["1a"], '"1a" cannot be a parameter\'s name'],
    [["a b"], "cannot be a parameter's name"],
    [["a.b"], "cannot be a parameter's name"],
    [["a=b"], "cannot be a parameter's name"],
    [["a,b"], "cannot be a parameter's name"],
    [["a??"], "cannot be a parameter's name"],
    [["ä"], "cannot be a parameter's name"],
    [["a".repeat(65)], "cannot be a parameter's name"],
    [[5], "a list of parameters holds names only, got number"],
    [[["a"]], "a list of parameters holds names only, got array"],
  ])("refuses %j, naming where [F65]", (names, expected) => {
    const message = refusal(() => signatureOfNames('task "t"', names as ParamNames));
    expect(message).toContain('task "t"');
    expect(message).toContain(expected);
  });

  it("refuses an own __proto__ written as a word [F65]", () => {
    const words = JSON.parse('{"__proto__":"string"}') as ParamWords;
    expect(refusal(() => signatureOfWords("t", words))).toContain('cannot be called "__proto__"');
  });

  it("accepts the longest name and every character allowed", () => {
    const names = ["a".repeat(64), "_private", "Camel_Case-9"];
    expect(signatureOfNames("t", names).params.map((param) => param.name)).toEqual(names);
  });
});
