import type { Signature, SignatureParam } from "@jobs/core/task";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseParams } from "./parse-params.ts";
import type { ParamSources } from "./read-source.ts";

const files: ParamSources = {
  async file(path) {
    if (path === "a.txt") return { status: "ok", text: "line\nline\n" };
    if (path === "a.json") return { status: "ok", text: '{"x":[1]}' };
    return { status: "refused", reason: "there is no such file (ENOENT)" };
  },
  stdin: async () => ({ status: "ok", text: "from stdin" }),
};

function signature(kinds: Readonly<Record<string, SignatureParam["kind"]>>): Signature {
  const params = Object.entries(kinds).map(([name, kind]) => ({ name, kind, isOptional: false }));
  return { params } as unknown as Signature;
}

async function parse(assignments: readonly string[], declared?: Signature, base?: string) {
  return { ...(await parseParams({ assignments, base }, declared, files)) };
}

const LOSSY: readonly [text: string, reason: string][] = [
  ['{"id":9007199254740993}', "a number that cannot be read exactly"],
  ['{"a":1,"a":2}', "a key twice"],
  ['{"__proto__":{}}', "poisons prototypes"],
];

describe("JSON that reading would change", () => {
  it.each(LOSSY)("%s is refused in every place where JSON is written", async (text, reason) => {
    const declared = signature({ o: "object", l: "array", s: "string" });
    for (const written of [`o=${text}`, `l=[${text}]`, `o:=${text}`, `l[]:=${text}`, `any:=${text}`]) {
      await expect(parse([written], declared), written).rejects.toMatchObject({
        code: "refused",
        message: expect.stringContaining(reason),
      });
    }
    await expect(parse([], declared, text)).rejects.toMatchObject({ code: "refused" });
    expect(await parse([`s=${text}`], declared)).toEqual({ s: text });
  });
});

describe("typing by the signature", () => {
  const all = signature({
    s: "string",
    n: "number",
    i: "integer",
    b: "boolean",
    z: "null",
    l: "array",
    o: "object",
    any: "any",
  });

  it.each([
    ["s=1", { s: "1" }],
    ["s=01234", { s: "01234" }],
    ["s=", { s: "" }],
    ["s=a=b=c", { s: "a=b=c" }],
    ["n=1.5", { n: 1.5 }],
    ["n=-1e3", { n: -1000 }],
    ["i=42", { i: 42 }],
    ["b=true", { b: true }],
    ["b=false", { b: false }],
    ["z=null", { z: null }],
    ["l=[1,2]", { l: [1, 2] }],
    ['o={"a":1}', { o: { a: 1 } }],
    ["any=true", { any: true }],
    ["undeclared=1.5", { undeclared: 1.5 }],
  ])("reads %s", async (assignment, params) => {
    expect(await parse([assignment], all)).toEqual(params);
  });

  it.each(["n=0x1f", "n= 5", "n=", "n=01", "n=NaN", "n=-0", "i=1.0", "i=1e3"])(
    "leaves %s as text, for the task's check to refuse",
    async (assignment) => {
      const [name = "", written] = assignment.split("=");
      expect(await parse([assignment], all)).toEqual({ [name]: written });
    },
  );

  it.each(["n=9007199254740993", "i=9007199254740993", "i=-9007199254740993", "n=1e999"])(
    "refuses %s as too large to be exact, not as text",
    async (assignment) => {
      await expect(parse([assignment], all)).rejects.toMatchObject({
        code: "refused",
        message: expect.stringMatching(/^the value of [ni] is a number that is too large to be exact\.$/),
        hint: expect.stringContaining("9007199254740991"),
      });
    },
  );

  it.each(["b=yes", "b=1", "z=", "l={}", "o=[]", "o=null", "l=[1"])(
    "does not guess at %s",
    async (assignment) => {
      const [name = "", written] = assignment.split("=");
      expect(await parse([assignment], all)).toEqual({ [name]: written });
    },
  );

  it("reads an enum's own value, whatever its type", async () => {
    const level = { name: "e", kind: "enum", isOptional: false, values: ["1", 2, true, null] } as const;
    const declared = { params: [level] } as unknown as Signature;
    expect(await parse(["e=1"], declared)).toEqual({ e: "1" });
    expect(await parse(["e=2"], declared)).toEqual({ e: 2 });
    expect(await parse(["e=true"], declared)).toEqual({ e: true });
    expect(await parse(["e=3"], declared)).toEqual({ e: "3" });
  });
});

describe("typing without a declaration", () => {
  it.each([
    ["1", 1],
    ["1.5", 1.5],
    ["-3", -3],
    ["true", true],
    ["null", null],
    ["01234", "01234"],
    ["1e5", "1e5"],
    ["v1.10", "v1.10"],
    ["1.0", "1.0"],
    ["-0", "-0"],
    ["12345678901234567890", "12345678901234567890"],
    ['"quoted"', '"quoted"'],
    ["[1]", "[1]"],
    ["{}", "{}"],
  ])("takes %s as %j", async (text, value) => {
    expect(await parse([`k=${text}`])).toEqual({ k: value });
  });

  it("never changes what was written: text stays, a scalar is written back the same [F65]", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string().filter((text) => !text.startsWith("@")),
        async (text) => {
          const { k } = await parse([`k=${text}`]);
          expect(typeof k === "string" ? k : JSON.stringify(k)).toBe(text);
        },
      ),
      { seed: 1 },
    );
  });

  it("a declared string is verbatim, whatever it looks like [F65]", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string().filter((text) => !text.startsWith("@")),
        async (text) => {
          expect(await parse([`k=${text}`], signature({ k: "string" }))).toEqual({ k: text });
        },
      ),
      { seed: 1 },
    );
  });

  it("any JSON passes := unchanged [F65]", async () => {
    const json = fc.jsonValue({ noUnicodeString: false }).map((value) => JSON.stringify(value));
    await fc.assert(
      fc.asyncProperty(json, async (text) => {
        fc.pre(!text.includes("__proto__") && !/-0(?![.\d])/.test(text));
        expect(JSON.stringify((await parse([`k:=${text}`])).k)).toBe(text);
      }),
      { seed: 1 },
    );
  });
});

describe("forms", () => {
  it.each([
    [['k:={"a":[1]}'], { k: { a: [1] } }],
    [["k[]=x", "k[]=2"], { k: ["x", 2] }],
    [["k[]:={}", "k[]=y"], { k: [{}, "y"] }],
    [["k=@a.txt"], { k: "line\nline\n" }],
    [["k:=@a.json"], { k: { x: [1] } }],
    [["k=@-"], { k: "from stdin" }],
    [["k=@@home"], { k: "@home" }],
    [["k=a\nb"], { k: "a\nb" }],
    [["dash-ed=1"], { "dash-ed": 1 }],
  ])("%j", async (assignments, params) => {
    expect(await parse(assignments)).toEqual(params);
  });

  it("adds assignments to the base object and lets them win", async () => {
    expect(await parse(["b=2", "c=3"], undefined, '{"a":1,"b":0}')).toEqual({ a: 1, b: 2, c: 3 });
    expect(await parse([], undefined, "@a.json")).toEqual({ x: [1] });
  });

  it.each([
    [["true"], "usage", "is not a parameter"],
    [["=1"], "usage", "is not a parameter"],
    [["a=1", "a=2"], "usage", "a is given twice"],
    [["a=1", "a[]=2"], "usage", "a is given twice"],
    [["a[]=1", "a=2"], "usage", "a is given twice"],
    [["__proto__=1"], "refused", "__proto__ cannot be the name"],
    [["constructor:={}"], "refused", "constructor cannot be the name"],
    [["k:={bad"], "refused", "k is not usable JSON"],
    [['k:={"__proto__":1}'], "refused", "k is not usable JSON"],
    [['k:={"a":1,"a":2}'], "refused", "k is not usable JSON"],
    [["k=@missing"], "refused", "k cannot be read: there is no such file (ENOENT)"],
  ])("refuses %j [F65]", async (assignments, code, message) => {
    const error = expect.objectContaining({ code, message: expect.stringContaining(message) });
    await expect(parse(assignments)).rejects.toEqual(error);
  });

  it("quotes no value in what it says [F62]", async () => {
    for (const assignment of ["s3cret", "k:=s3cret", "k=@/s3cret-path"]) {
      const said = await parse([assignment]).catch(
        (error: Error & { hint?: string }) => error.message + error.hint,
      );
      if (assignment !== "s3cret") expect(said).not.toContain("s3cret");
    }
  });

  it("a base that is no object is refused", async () => {
    await expect(parse([], undefined, "[1]")).rejects.toMatchObject({ code: "refused" });
  });
});
