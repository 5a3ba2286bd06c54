import { expect, test } from "vitest";
import { defineTask } from "./define-task.ts";
import { redactParams } from "./redact-params.ts";
import { upcast } from "./upcast.ts";

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

test("names of earlier versions are hidden too: the named ones, and all that only they have [W13]", () => {
  const renamed = defineTask(
    "sign_in",
    { user: "string", password: "string?" },
    {
      version: 3,
      redact: ["password"],
      from: {
        1: upcast({ login: "string", pin: "string", user: "string" }, ({ pin, user }) => ({
          user,
          secret: pin,
        })),
        2: upcast({ user: "string", secret: "string" }, ({ user, secret }) => ({ user, password: secret })),
      },
    },
  );
  const hidden = "[redacted]";
  expect(redactParams(renamed, { user: "ann", login: "a", pin: "1" })).toEqual({
    user: "ann",
    login: hidden,
    pin: hidden,
  });
  expect(redactParams(renamed, { user: "ann", secret: "s3cret" })).toEqual({ user: "ann", secret: hidden });
  const open = defineTask("open", {}, { version: 2, from: { 1: upcast({ a: "any" }, () => ({})) } });
  expect(redactParams(open, { a: 1 })).toEqual({ a: 1 });
});

test("a name that is no parameter is refused where the task is declared, with what was meant [W13]", () => {
  const declare = () => defineTask("sign_in", { password: "string" }, { redact: ["pasword"] });
  expect(declare).toThrow('task "sign_in": redact names "pasword", which is no parameter.');
  expect(declare).toThrow(expect.objectContaining({ hint: 'Did you mean "password"?' }));
});
