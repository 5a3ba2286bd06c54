import { BrokerUnavailableError, ConfigError, ERROR_CODES, SignatureError } from "@jobs/core";
import { describe, expect, it } from "vitest";
import { CliError } from "./cli-error.ts";
import { debugText, describeError } from "./describe-error.ts";
import { EXIT_OF_ERROR } from "./exit-codes.ts";

describe("describeError", () => {
  it("has an exit code for every code of core", () => {
    expect(Object.keys(EXIT_OF_ERROR).sort()).toEqual(Object.keys(ERROR_CODES).sort());
  });

  it("tells core's errors with their fields and their fix", () => {
    const issues = [{ path: "/b", kind: "missing" }] as const;
    const { exitCode, json, text } = describeError(
      new SignatureError("t", "enqueue", issues, { signature: "t(a, b)" }),
    );
    expect(exitCode).toBe(65);
    expect(json).toMatchObject({ code: "signature_mismatch", task: "t", issues });
    expect(text).toMatch(/missing b.*\n {2}Fix: /s);
    expect(describeError(new ConfigError("x")).exitCode).toBe(78);
    expect(describeError(new BrokerUnavailableError({ broker: "sqlite" }, "gone")).exitCode).toBe(69);
  });

  it("masks the passwords of URLs, also in causes [F62]", () => {
    const cause = new Error("connect redis://:s3cret@h:1 failed");
    const error = new BrokerUnavailableError({ broker: "redis" }, cause.message, { cause });
    const { json, text } = describeError(error);
    for (const shown of [JSON.stringify(json), text, debugText(error)]) {
      expect(shown).toContain("redis://***@h:1");
      expect(shown).not.toContain("s3cret");
    }
  });

  it("recognises an error of another bundle", () => {
    const foreign = Object.assign(
      Object.create(Error.prototype),
      new CliError("refused", "no", { hint: "do" }),
    );
    Object.defineProperty(foreign, Symbol.for("@jobs/cli/error"), { value: true });
    expect(describeError(foreign)).toMatchObject({ exitCode: 65, json: { code: "refused", hint: "do" } });
  });

  it("takes only the message of a parser's error, never the parser's state", () => {
    const parse = { input: { context: { home: "/home/someone" } } };
    const error = Object.assign(new Error("Nonexistent flag: --x\nSee more help with --help"), {
      oclif: {},
      parse,
    });
    expect(describeError(error)).toEqual({
      exitCode: 2,
      json: { code: "usage", message: "there is no flag --x." },
      text: "there is no flag --x.",
    });
  });

  it("calls anything else a bug of its own", () => {
    expect(describeError(undefined)).toMatchObject({ exitCode: 70, json: { code: "internal" } });
    expect(describeError(new TypeError("\u001b[2J")).text).toContain("\\u001b[2J");
  });
});
