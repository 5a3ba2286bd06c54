import { expect, it } from "vitest";
import { findContender, STAGES } from "./stages.ts";

it("finds each contender by its broker and its name, as its own process does, and begins with ours", () => {
  for (const stage of STAGES) {
    expect(stage.kinds[0]?.name).toBe("jobs");
    for (const kind of stage.kinds)
      expect(findContender(stage.title, kind.name), `${stage.title}, ${kind.name}`).toEqual({ stage, kind });
  }
  expect(() => findContender("Redis", "pg-boss")).toThrow('no contender "pg-boss" on "Redis"');
});
