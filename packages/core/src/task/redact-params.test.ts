import { expect, test } from "vitest";
import { defineTask } from "./define-task.ts";
import { redactParams } from "./redact-params.ts";

const signIn = defineTask(
  "sign_in",
  { user: "string", password: "string?", card: "object?" },
  { redact: ["password", "card"] },
);

test("the values of named parameters are replaced whole, whatever they hold; names and all else stay [W13]", () => {
  const params = { user: "ann", password: "s3cret", card: { number: "4111", cvc: ["1"] } };
  expect(redactParams(signIn, params)).toEqual({ user: "ann", password: "[redacted]", card: "[redacted]" });
  expect(redactParams(signIn, { user: "ann" })).toEqual({ user: "ann" });
  expect(redactParams(undefined, params)).toBe(params);
});

test("a name that is no parameter is refused where the task is declared, with what was meant [W13]", () => {
  const declare = () => defineTask("sign_in", { password: "string" }, { redact: ["pasword"] });
  expect(declare).toThrow('task "sign_in": redact names "pasword", which is no parameter.');
  expect(declare).toThrow(expect.objectContaining({ hint: 'Did you mean "password"?' }));
});
