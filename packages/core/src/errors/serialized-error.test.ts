import { expect, it } from "vitest";
import { isJobsError } from "./jobs-error.ts";
import { FatalError } from "./run-errors.ts";
import { serializeError } from "./serialized-error.ts";

it("keeps name, message, stack, code and attempt [C24]", () => {
  expect(serializeError(new FatalError("closed"), 3)).toMatchObject({
    name: "FatalError",
    message: "closed",
    code: "fatal",
    attempt: 3,
    stack: expect.stringContaining("FatalError: closed"),
  });
});

it("an error without a name of its own has that of its class", () => {
  class PaymentError extends RangeError {}
  class Named extends Error {
    override name = "payment";
  }
  const errors = [
    new PaymentError("no"),
    new Named("no"),
    new TypeError("no"),
    new (class extends Error {})("no"),
  ];
  expect(errors.map((error) => serializeError(error).name)).toEqual([
    "PaymentError",
    "payment",
    "TypeError",
    "Error",
  ]);
});

it("describes whatever can be thrown, bounded, and never throws itself [F36]", () => {
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const hostile = {
    get message(): string {
      throw new Error("no");
    },
    toString() {
      throw new Error("no");
    },
  };
  for (const thrown of [
    undefined,
    null,
    0,
    "text",
    Symbol("s"),
    {},
    [],
    () => {},
    revoked.proxy,
    hostile,
    new Error("x".repeat(1e6)),
  ]) {
    const { name, message } = serializeError(thrown);
    expect(name).not.toBe("");
    expect(message.length).toBeGreaterThan(0);
    expect(JSON.stringify(serializeError(thrown)).length).toBeLessThan(20_000);
  }
});

it("errors of another copy of the package are recognised by their brand", () => {
  const foreign = Object.assign(new Error("x"), { code: "fatal", [Symbol.for("@jobs/core/error")]: true });
  expect(isJobsError(foreign, "fatal")).toBe(true);
  expect(isJobsError(foreign, "unknown_task")).toBe(false);
  expect(isJobsError(Object.assign(new Error("x"), { code: "fatal" }))).toBe(false);
});
