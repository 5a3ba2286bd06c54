import { describe, expect, it } from "vitest";
import { z } from "zod";
import { SignatureError } from "../errors/contract-errors.ts";
import { bindJob, type JobParams } from "./bind-params.ts";
import { defineTask } from "./define-task.ts";
import type { Task } from "./task.ts";
import { upcast } from "./upcast.ts";

/** Version 3 has the names of version 2, and another meaning of `size`: kilobytes instead of bytes. */
const store = defineTask(
  "store",
  z.object({ file: z.string(), size: z.number().max(100), tags: z.array(z.string()).default([]) }),
  {
    version: 3,
    from: {
      1: upcast({ path: "string", bytes: "integer?" }, ({ path, bytes = 0 }) => ({
        file: path,
        size: bytes,
      })),
      2: upcast(
        z.object({
          file: z.string().transform((text) => text.trim()),
          size: z.number(),
          tags: z.array(z.string()).optional(),
        }),
        ({ size, ...rest }) => ({ ...rest, size: size / 1_000 }),
      ),
    },
  },
);

const job = (params: JobParams["params"], more: Partial<JobParams> = {}): JobParams => ({
  sig: "",
  params,
  ...more,
});

function refused(task: Task, given: JobParams): SignatureError {
  try {
    expect(bindJob(task, given)).toBe("refused");
  } catch (error) {
    if (error instanceof SignatureError) return error;
    throw error;
  }
  throw new Error("was accepted");
}

describe("a job of an earlier version", () => {
  it("is cast step by step: each step gets the output of its form, the last result is checked by today's", () => {
    expect(bindJob(store, job({ path: " a ", bytes: 5_000 }))).toEqual({
      input: { file: "a", size: 5 },
      output: { file: "a", size: 5, tags: [] },
    });
    expect(bindJob(store, job({ file: " b ", size: 2_000 }, { taskVersion: 2 }))).toMatchObject({
      output: { file: "b", size: 2 },
    });
  });

  it("is told from one of today with the same names by its version alone", () => {
    const params = { file: "a", size: 50 };
    expect(bindJob(store, job(params, { taskVersion: 3, sig: "file,size,tags?" }))).toMatchObject({
      output: { size: 50 },
    });
    expect(bindJob(store, job(params, { taskVersion: 2, sig: "file,size,tags?" }))).toMatchObject({
      output: { size: 0.05 },
    });
  });

  it("without a version is version 1 where signature or names say so, and else today's", () => {
    expect(bindJob(store, job({ path: "a" }, { sig: "bytes?,path" }))).toMatchObject({ output: { size: 0 } });
    expect(bindJob(store, job({ path: "a" }, { sig: "of,another,language" }))).toMatchObject({
      output: { size: 0 },
    });
    expect(bindJob(store, job({ file: "a", size: 50 }))).toMatchObject({ output: { size: 50 } });
    expect(refused(store, job({ name: "a" })).message).toContain("unexpected name");
    const same = defineTask(
      "same",
      { n: "number" },
      { version: 2, from: { 1: upcast({ n: "number" }, ({ n }) => ({ n: -n })) } },
    );
    expect(bindJob(same, job({ n: 1 }, { sig: "n" }))).toMatchObject({ output: { n: -1 } });
    expect(bindJob(same, job({ n: 1 }))).toMatchObject({ output: { n: -1 } });
    expect(bindJob(same, job({ n: 1 }, { taskVersion: 2 }))).toMatchObject({ output: { n: 1 } });
  });

  it("waits for an asynchronous schema of any version", async () => {
    const late = z.object({ a: z.string().refine(async (text) => text !== "no") });
    const task = defineTask("late", late, {
      version: 2,
      from: { 1: upcast(late, ({ a }) => ({ a: `${a}o` })) },
    });
    expect(await bindJob(task, job({ a: "y" }))).toMatchObject({ output: { a: "yo" } });
    await expect(bindJob(task, job({ a: "no" }))).rejects.toMatchObject({
      issues: [{ path: "/a" }],
      step: undefined,
    });
    await expect(bindJob(task, job({ a: "n" }))).rejects.toMatchObject({
      issues: [{ path: "/a" }],
      step: { from: 1, to: 2 },
    });
  });

  it("drops unknown names where the task is additive, before its first step", () => {
    const task = defineTask(
      "open",
      { to: "string" },
      {
        compat: "additive",
        version: 2,
        from: { 1: upcast({ mail: "string" }, ({ mail, ...rest }) => ({ to: mail, ...rest })) },
      },
    );
    expect(bindJob(task, job({ mail: "a", cc: "b" }, { sig: "cc,mail" }))).toMatchObject({
      output: { to: "a" },
    });
  });
});

describe("a job that does not fit", () => {
  it("is refused by the form of its own version, without a step", () => {
    const error = refused(store, job({ path: 5 }));
    expect(error.message).toBe(
      'task "store" refused by the worker: path must be string, got number. Signature: store(path, bytes?), version 1.',
    );
    expect(error.step).toBeUndefined();
  });

  it.each([
    [
      4,
      "params must be version 1, 2, 3, got version 4. Signature: store(file, size, tags?).",
      "Deploy workers",
    ],
    [0, "params must be version 1, 2, 3, got version 0.", "Keep version 0 in from"],
  ])("has a version %i that the task does not have", (taskVersion, message, hint) => {
    const error = refused(store, job({ file: "a", size: 1 }, { taskVersion }));
    expect(error.message).toContain(message);
    expect(error.hint).toContain(hint);
    expect(error.step).toBeUndefined();
  });

  it("has a version, and the task has none", () => {
    const plain = defineTask("plain", { a: "string" });
    expect(refused(plain, job({ a: "x" }, { taskVersion: 2 })).message).toContain(
      "must be version 1, got version 2",
    );
    expect(bindJob(plain, job({ a: "x" }, { taskVersion: 1 }))).toMatchObject({ output: { a: "x" } });
  });
});

describe("a step that fails", () => {
  const secret = "hunter2";
  const failing = (step: (old: { readonly word: string }) => unknown) =>
    defineTask("signIn", { token: "string" }, {
      version: 2,
      from: { 1: upcast({ word: "string" }, step) },
    } as never);

  it.each<[fails: string, step: (old: { readonly word: string }) => unknown, message: string]>([
    [
      "throws",
      ({ word }) => {
        throw new TypeError(`bad ${word}`);
      },
      "the step from version 1 to 2 threw TypeError. Signature: signIn(token).",
    ],
    [
      "returns a wrong name",
      ({ word }) => ({ tokn: word }),
      "the step from version 1 to 2 returned parameters that version 2 refuses: missing token; unexpected tokn",
    ],
    ["returns a wrong value", () => ({ token: 1 }), "refuses: token must be string, got number."],
    [
      "returns nothing",
      () => undefined,
      "refuses: params must be an object of named parameters, got undefined.",
    ],
    [
      "returns a promise",
      async () => {
        throw new Error(secret);
      },
      "returned a promise, and a step is synchronous.",
    ],
    [
      "returns no JSON",
      () => ({ token: new Date() }),
      "returned params.token as a Date, which JSON cannot carry.",
    ],
  ])("and %s is named, without a value of the job", (_, step, message) => {
    const error = refused(failing(step), job({ word: secret }));
    expect(error.message).toContain(message);
    expect(error.message + error.hint).not.toContain(secret);
    expect(error.code).toBe("signature_mismatch");
    expect(error.step).toMatchObject({ from: 1, to: 2 });
  });

  it("between two earlier versions names those", () => {
    expect(refused(store, job({ path: "a", bytes: 2 ** 40 })).step).toEqual({ from: 2, to: 3 });
    const task = defineTask(
      "t",
      {},
      {
        version: 3,
        from: { 1: upcast({ a: "any" }, () => ({ b: 1 as never })), 2: upcast({ b: "string" }, () => ({})) },
      },
    );
    expect(refused(task, job({ a: 1 })).message).toContain(
      "the step from version 1 to 2 returned parameters that version 2 refuses: b must be string, got number. Signature: t(b), version 2.",
    );
  });
});
