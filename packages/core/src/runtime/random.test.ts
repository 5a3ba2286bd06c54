import { expect, it } from "vitest";
import { checkedRandom, type Random, seededRandom } from "./random.ts";

it("numbers of a program's own source are passed on", () => {
  const [given, same] = [seededRandom(7), seededRandom(7)];
  const random = checkedRandom(given);
  for (let count = 0; count < 100; count++) expect(random()).toBe(same());
});

it.each<readonly [what: string, answer: unknown]>([
  ["no number", "0.5"],
  ["a promise", Promise.resolve(0.5)],
  ["nothing", undefined],
  ["NaN", Number.NaN],
  ["1", 1],
  ["a number below 0", -0.1],
  ["Infinity", Number.POSITIVE_INFINITY],
])("%s is replaced by a number of the engine's own generator", (_, answer) => {
  const random = checkedRandom((() => answer) as Random);
  const numbers = Array.from({ length: 10 }, random);
  for (const number of numbers) expect(number >= 0 && number < 1).toBe(true);
  expect(new Set(numbers).size).toBeGreaterThan(1);
});
