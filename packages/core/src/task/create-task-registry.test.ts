import { describe, expect, it } from "vitest";
import { DuplicateTaskError } from "../errors/config-errors.ts";
import { UnknownTaskError } from "../errors/contract-errors.ts";
import { createTaskRegistry } from "./create-task-registry.ts";
import { defineTask } from "./define-task.ts";

const add = defineTask("add", { a: "number", b: "number" });
const mail = defineTask("send_email", { to: "string" }, { aliases: ["mail", "post"] });

describe("task registry", () => {
  it("finds tasks by name and by alias", () => {
    const registry = createTaskRegistry([mail, add]);
    expect(registry.tasks).toEqual([mail, add]);
    expect([registry.get("add"), registry.get("send_email"), registry.find("post")]).toEqual([
      add,
      mail,
      mail,
    ]);
    expect(registry.find("nothing")).toBeUndefined();
  });

  it("refuses an unknown name with a suggestion and the names that are known [W4]", () => {
    const registry = createTaskRegistry([mail, add]);
    expect(() => registry.get("send_emial")).toThrow(UnknownTaskError);
    expect(() => registry.get("send_emial")).toThrow(
      'no task "send_emial" is registered. Did you mean "send_email"? Known: add, send_email.',
    );
  });

  it.each(["__proto__", "constructor", "toString", ""])("knows no task called %j by itself [F65]", (name) => {
    expect(createTaskRegistry([add]).find(name)).toBeUndefined();
  });

  it("refuses two tasks of one name [W3]", () => {
    const other = defineTask("add", ["x"]);
    expect(() => createTaskRegistry([add, other])).toThrow(DuplicateTaskError);
  });

  it.each([
    ["another task's name", defineTask("plus", {}, { aliases: ["add"] })],
    ["its own name", defineTask("plus", {}, { aliases: ["plus"] })],
    ["itself twice", defineTask("plus", {}, { aliases: ["p", "p"] })],
  ])("refuses an alias that is %s [W3]", (_, task) => {
    expect(() => createTaskRegistry([add, task])).toThrow(DuplicateTaskError);
  });

  it("takes the same contract listed twice as one task", () => {
    expect(createTaskRegistry([add, mail, add]).tasks).toEqual([add, mail]);
  });
});
