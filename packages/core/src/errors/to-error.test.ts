import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { hostileValues } from "../../../../test-servers/hostile-values.mjs";
import { isJobsError } from "./jobs-error.ts";
import { FatalError } from "./run-errors.ts";
import { serializeError } from "./serialized-error.ts";
import { capText, describeThrown, isError, readErrorText, toError } from "./to-error.ts";

describe.each(Object.entries(hostileValues()))("%s", (_name, make) => {
  it("becomes an error that can be read, shown, changed into JSON and thrown again", () => {
    const error = toError(make());
    expect(error).toBeInstanceOf(Error);
    for (const text of [error.name, error.message, error.stack]) expect(typeof text).toBe("string");
    expect(() => inspect(error, { depth: 4 })).not.toThrow();
    expect(() => JSON.stringify({ ...error, cause: undefined })).not.toThrow();
    expect(toError(error)).toBe(error);
  });

  it("is described, bounded and recognised as none of ours", () => {
    const thrown = make();
    expect(typeof describeThrown(thrown)).toBe("string");
    expect(JSON.stringify(serializeError(thrown)).length).toBeLessThan(20_000);
    expect(isJobsError(thrown)).toBe(false);
    expect(() => isError(thrown)).not.toThrow();
    expect(() => readErrorText(thrown, "code")).not.toThrow();
  });
});

it("an ordinary error stays the one that was thrown", () => {
  for (const error of [new Error("x"), new FatalError("x"), new TypeError("x", { cause: new Error("y") })]) {
    expect(toError(error)).toBe(error);
  }
});

it("a copy keeps name, message, stack and code as far as they can be read", () => {
  const proxy = new Proxy(Object.assign(new TypeError("no"), { code: "E_NO" }), {});
  expect(toError(proxy)).toMatchObject({ name: "TypeError", message: "no", code: "E_NO" });
  expect(toError(new DOMException("gone", "AbortError"))).toMatchObject({
    name: "AbortError",
    message: "gone",
  });
});

it("a text is cut at a whole character, with its length told", () => {
  expect(capText("short")).toBe("short");
  expect(capText("ab😀cd", 3)).toBe("ab… (6 characters)");
  expect(capText("x".repeat(10_000))).toHaveLength(8_192 + "… (10000 characters)".length);
});
