import { expect, it } from "vitest";
import type { LogFields } from "./logger.ts";
import { unfailing } from "./logger.ts";

/** The fields that a logger gets from core. */
function passedOn(fields: LogFields): LogFields {
  let got: LogFields = {};
  const note = (given: LogFields) => {
    got = given;
  };
  unfailing({ debug: note, info: note, warn: note, error: note }).warn(fields, "a line");
  return got;
}

it("hands on the same fields where nothing in them needs a change", () => {
  const fields = { job: "1", attempt: 2, err: new Error("short"), none: undefined };
  const flat = { job: "1", attempt: 2 };
  expect(passedOn(flat)).toBe(flat);
  expect(passedOn(fields)).toEqual(fields);
  expect(passedOn(fields).err).toBe(fields.err);
});

it("caps texts at any depth, and leaves out what is too deep or too much", () => {
  const long = "x".repeat(100_000);
  const { a, many } = passedOn({
    a: { b: [long, { c: { d: { e: { f: { g: "deep" } } } } }] },
    many: Array.from({ length: 1_000 }, (_, n) => n),
  }) as { readonly a: { readonly b: readonly [string, unknown] }; readonly many: readonly unknown[] };
  expect(a.b[0]).toMatch(/^x{8192}… \(100000 characters\)$/);
  expect(JSON.stringify(a)).not.toContain("deep");
  expect(many.length).toBeLessThan(500);
  expect(many.at(-1)).toBe("…");
});

it("reads what can be read of a hostile object, and leaves its line", () => {
  const no = () => {
    throw new Error("no");
  };
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const bad = Object.defineProperty({ good: 1 }, "bad", { get: no, enumerable: true });
  const told = passedOn({ id: "1", bad, proxy, json: { toJSON: no }, day: new Date(0), n: 1n });
  expect(told).toEqual({
    id: "1",
    bad: { good: 1, bad: "…" },
    proxy: "…",
    json: "…",
    day: "1970-01-01T00:00:00.000Z",
    n: "1",
  });
});

it("names in data do not reach the prototype of what is logged", () => {
  const told = passedOn({ data: JSON.parse('{"__proto__":{"isAdmin":true},"a":1}') });
  expect(told).toEqual({ data: { a: 1 } });
});
