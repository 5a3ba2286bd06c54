import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fingerprint } from "./create-signature.ts";
import type { SignatureParam } from "./signature.ts";

function params(...entries: readonly string[]): SignatureParam[] {
  return entries.map((entry) => ({
    name: entry.replace("?", ""),
    isOptional: entry.endsWith("?"),
    kind: "any",
  }));
}

const paramLists = fc.uniqueArray(
  fc.record({
    name: fc.stringMatching(/^[a-z]{1,8}$/),
    isOptional: fc.boolean(),
    kind: fc.constant("any" as const),
  }),
  { selector: (param) => param.name },
);

describe("fingerprint", () => {
  it("is readable: sorted names, ? after optional ones", () => {
    expect(fingerprint(params("to", "cc?", "subject"))).toBe("cc?,subject,to");
    expect(fingerprint([])).toBe("");
  });

  it("does not depend on the order of declaration [W9]", () => {
    fc.assert(
      fc.property(paramLists, fc.nat(), (list, by) => {
        const at = list.length === 0 ? 0 : by % list.length;
        expect(fingerprint([...list.slice(at), ...list.slice(0, at)].reverse())).toBe(fingerprint(list));
      }),
      { seed: 1 },
    );
  });

  it("differs when a parameter is renamed, added, removed or made optional [W9]", () => {
    const prints = [
      params("a", "b"),
      params("a", "c"),
      params("a"),
      params("a", "b", "c"),
      params("a", "b?"),
    ];
    expect(new Set(prints.map(fingerprint)).size).toBe(prints.length);
  });

  it("does not depend on types, which libraries print differently", () => {
    expect(fingerprint([{ name: "a", isOptional: false, kind: "string" }])).toBe("a");
  });

  it("becomes a hash over 200 characters", () => {
    const readable = `${"a".repeat(60)},${"b".repeat(60)},${"c".repeat(60)},${"d".repeat(17)}`;
    expect(readable).toHaveLength(200);
    expect(fingerprint(params(...readable.split(",")))).toBe(readable);
    const longer = `${readable}d`;
    const digest = createHash("sha256").update(longer).digest("hex");
    expect(fingerprint(params(...longer.split(",")))).toBe(`sha256:${digest.slice(0, 16)}`);
  });
});
