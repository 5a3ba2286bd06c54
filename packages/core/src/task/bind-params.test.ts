import { describe, expect, it } from "vitest";
import { z } from "zod";
import { NotJsonError, SignatureError } from "../errors/contract-errors.ts";
import { bindParams } from "./bind-params.ts";
import { defineTask } from "./define-task.ts";

const add = defineTask("add", { a: "number", b: "integer?" });

type BindArguments = Parameters<typeof bindParams>;

async function mismatch(...args: BindArguments): Promise<SignatureError> {
  try {
    await bindParams(...args);
  } catch (error) {
    if (error instanceof SignatureError) return error;
    throw error;
  }
  throw new Error("accepted");
}

function accessor(): never {
  throw new Error("accessor called");
}

it.each([
  ["a missing name", {}, /^Pass exactly these names\./],
  ["an unknown name", { a: 1, x: 1 }, /^Pass exactly these names\./],
  ["a wrong value", { a: "x", b: 1.5 }, /^Correct the values\./],
  ["null instead of parameters", null, /^Pass one object that has each parameter under its name\./],
])("the hint for %s is about what is wrong", async (_, params, hint) => {
  expect((await mismatch(add, params, "enqueue")).hint).toMatch(hint);
  expect((await mismatch(add, params, "work")).hint).toMatch(hint);
});

describe("names", () => {
  it("pass in any order [W9]", () => {
    expect(bindParams(add, { b: 2, a: 1 }, "enqueue")).toEqual({
      input: { a: 1, b: 2 },
      output: { a: 1, b: 2 },
    });
  });

  it("accepts what lacks only optional ones, without copying it", () => {
    const params = { a: 1 };
    expect(bindParams(add, params, "enqueue")).toEqual({ input: { a: 1 }, output: { a: 1 } });
    expect((bindParams(add, params, "enqueue") as { input: unknown }).input).toBe(params);
  });

  it.each(["enqueue", "work"] as const)(
    "a missing and an unexpected name are refused at %s, both named [W7]",
    async (phase) => {
      const error = await mismatch(add, { b: 1, x: 1 }, phase);
      expect(error.missing).toEqual(["a"]);
      expect(error.unexpected).toEqual(["x"]);
      expect(error.phase).toBe(phase);
      const where = phase === "enqueue" ? "refused at enqueue" : "refused by the worker";
      expect(error.message).toBe(
        `task "add" ${where}: missing a; unexpected x, did you mean a? Signature: add(a, b?).`,
      );
    },
  );

  it("names every parameter that is missing [E3]", async () => {
    const task = defineTask("store", ["id", "source", "title", "author?"]);
    expect((await mismatch(task, {}, "enqueue")).missing).toEqual(["id", "source", "title"]);
  });

  it("suggests the name that was probably meant, never one that was given", async () => {
    const task = defineTask("mail", ["subject", "subjects?"]);
    const [, unexpected] = (await mismatch(task, { subjct: 1 }, "enqueue")).issues;
    expect(unexpected).toEqual({ path: "/subjct", kind: "unexpected", suggestion: "subject" });
    const both = await mismatch(task, { subject: 1, subjects: 1, subjct: 1 }, "enqueue");
    expect(both.issues).toEqual([{ path: "/subjct", kind: "unexpected" }]);
  });

  it("takes an optional name that holds undefined as left out", () => {
    const bound = bindParams(add, { a: 1, b: undefined }, "enqueue");
    expect(bound).toStrictEqual({ input: { a: 1 }, output: { a: 1 } });
  });

  it("takes a required name that holds undefined as missing, an undeclared one as unexpected", async () => {
    expect((await mismatch(add, { a: undefined }, "enqueue")).missing).toEqual(["a"]);
    expect((await mismatch(add, { a: 1, x: undefined }, "enqueue")).unexpected).toEqual(["x"]);
  });

  it.each([
    [undefined, "undefined"],
    [null, "null"],
    ["a=1", "string"],
    [[1], "array"],
    [() => 1, "function"],
  ])("refuses %j in place of named parameters", async (params, got) => {
    const { issues } = await mismatch(add, params, "enqueue");
    expect(issues).toEqual([{ path: "", kind: "invalid", expected: "an object of named parameters", got }]);
  });

  it("takes names of every object for what they are [F65]", async () => {
    const params = JSON.parse('{"a":1,"constructor":1,"toString":2}');
    expect((await mismatch(add, params, "work")).unexpected).toEqual(["constructor", "toString"]);
  });

  it("stays small and quick with 100,000 unexpected names [F50]", async () => {
    const flood = Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`key${i}`, i]));
    const error = await mismatch(add, flood, "work");
    expect(error.message).toContain("unexpected key8; and 91 more.");
    expect(error.issues.length).toBeLessThanOrEqual(101);
  });

  it("shortens an unexpected name of any length", async () => {
    expect((await mismatch(add, { a: 1, ["x".repeat(100_000)]: 1 }, "work")).message.length).toBeLessThan(
      300,
    );
  });

  it("writes odd names as they are, and as JSON pointers in the issues", async () => {
    const error = await mismatch(add, { a: 1, "x/y~z": 1 }, "enqueue");
    expect(error.issues[0]?.path).toBe("/x~1y~0z");
    expect(error.unexpected).toEqual(["x/y~z"]);
  });
});

describe("JSON safety", () => {
  it("refuses what JSON would change, with its place [F51]", () => {
    const task = defineTask("t", ["items"]);
    const params = { items: [1, { when: new Date(0) }] };
    expect(() => bindParams(task, params, "enqueue")).toThrow(NotJsonError);
    expect(() => bindParams(task, params, "enqueue")).toThrow("params.items[1].when is a Date");
  });

  it("reports wrong names first, and still runs no accessor", async () => {
    const params = {
      get a() {
        return accessor();
      },
      x: 1n,
    };
    expect((await mismatch(add, params, "enqueue")).unexpected).toEqual(["x"]);
    expect(() =>
      bindParams(
        add,
        {
          get a() {
            return accessor();
          },
        },
        "enqueue",
      ),
    ).toThrow(NotJsonError);
  });

  it("runs none of a proxy's traps", () => {
    const proxy = new Proxy(
      {},
      { get: accessor, ownKeys: accessor, getPrototypeOf: accessor, has: accessor },
    );
    expect(() => bindParams(add, proxy, "enqueue")).toThrow("params is a proxy");
  });

  it("refuses an instance of a class in place of parameters", () => {
    class Sum {
      readonly a = 1;
    }
    expect(() => bindParams(add, new Sum(), "enqueue")).toThrow("params is a class instance");
  });
});

describe("values", () => {
  it.each(["enqueue", "work"] as const)("are checked at %s, without showing them", async (phase) => {
    const error = await mismatch(add, { a: "hunter2", b: 1.5 }, phase);
    expect(error.message).toContain("a must be number, got string; b must be integer, got number.");
    expect(error.invalid).toHaveLength(2);
    expect(error.message).not.toContain("hunter2");
  });

  it("send the schema's input, hand over its output", async () => {
    const task = defineTask(
      "t",
      z.object({ at: z.iso.datetime().transform((text) => new Date(text)), retries: z.int().default(0) }),
    );
    const params = { at: "2026-01-31T12:00:00.000Z" };
    expect(await bindParams(task, params, "enqueue")).toEqual({
      input: params,
      output: { at: new Date(params.at), retries: 0 },
    });
  });

  it("are bound synchronously by a synchronous schema, as a promise by an asynchronous one", async () => {
    const quick = defineTask("quick", z.object({ a: z.string() }));
    const slow = defineTask(
      "slow",
      z.object({ a: z.string().refine(async (text) => text === "x", "must be x") }),
    );
    expect(bindParams(quick, { a: "x" }, "work")).not.toBeInstanceOf(Promise);
    expect(await bindParams(slow, { a: "x" }, "work")).toEqual({ input: { a: "x" }, output: { a: "x" } });
    const error = await mismatch(slow, { a: "y" }, "work");
    expect(error.issues).toEqual([{ path: "/a", kind: "invalid", expected: "x", got: "string" }]);
  });
});

describe("compat [W8]", () => {
  const additive = defineTask("add", { a: "number", b: "number?" }, { compat: "additive" });

  it("strict is the default: a worker refuses names it does not know", async () => {
    expect((await mismatch(add, { a: 1, c: 3 }, "work")).unexpected).toEqual(["c"]);
  });

  it("additive: a worker drops names it does not know, so that producers may go first", () => {
    expect(bindParams(additive, { a: 1, c: 3 }, "work")).toEqual({ input: { a: 1 }, output: { a: 1 } });
  });

  it("additive: a producer's unknown name is a mistake all the same", async () => {
    expect((await mismatch(additive, { a: 1, c: 3 }, "enqueue")).unexpected).toEqual(["c"]);
  });

  it("additive: what is required stays required, and types stay checked", async () => {
    expect((await mismatch(additive, { c: 3 }, "work")).missing).toEqual(["a"]);
    expect((await mismatch(additive, { a: "1", c: 3 }, "work")).invalid).toHaveLength(1);
  });

  it("may be decided by configuration instead of the task", async () => {
    expect(bindParams(add, { a: 1, c: 3 }, "work", "additive")).toMatchObject({ input: { a: 1 } });
    expect((await mismatch(additive, { a: 1, c: 3 }, "work", "strict")).unexpected).toEqual(["c"]);
  });
});
