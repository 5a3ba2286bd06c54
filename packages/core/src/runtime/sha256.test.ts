import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { sha256 } from "./sha256.ts";

const ofNode = (text: string) => createHash("sha256").update(text).digest("hex");

it("hashes as Node does, at each length around a block", () => {
  const texts = Array.from({ length: 200 }, (_, length) => "a".repeat(length));
  expect(texts.map(sha256)).toEqual(texts.map(ofNode));
});

it("hashes any signs as Node does", () => {
  const texts = ["é", "中文", "🙂", "\ud800 is half a sign", "\u0000", "name:string,".repeat(10_000)];
  expect(texts.map(sha256)).toEqual(texts.map(ofNode));
});
