import { expect, it } from "vitest";
import { bigintArray, shortArray, textArray } from "./array-parameter.ts";

it("writes texts with the length of their bytes", () => {
  const head = [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 25, 0, 0, 0, 2, 0, 0, 0, 1];
  expect([...textArray(["é", ""])]).toEqual([...head, 0, 0, 0, 2, 0xc3, 0xa9, 0, 0, 0, 0]);
});

it("writes whole numbers of 64 bits", () => {
  const head = [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 20, 0, 0, 0, 1, 0, 0, 0, 1];
  const largest = [127, 255, 255, 255, 255, 255, 255, 255];
  expect([...bigintArray(["9223372036854775807"])]).toEqual([...head, 0, 0, 0, 8, ...largest]);
});

it("writes a few numbers as text", () => {
  expect(shortArray([0, 7])).toBe("{0,7}");
});
