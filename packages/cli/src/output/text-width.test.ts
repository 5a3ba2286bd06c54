import headless from "@xterm/headless";
import fc from "fast-check";
import { expect, it } from "vitest";
import { printable } from "./printable.ts";
import { cutToWidth } from "./text-width.ts";

it.each([
  ["short", 9, "short"],
  ["exactly", 7, "exactly"],
  ["too long", 5, "too …"],
  ["日本語のキュー", 14, "日本語のキュー"],
  ["日本語のキュー", 8, "日本語…"],
  ["👩‍👩‍👧 family", 13, "👩‍👩‍👧 family"],
  ["👩‍👩‍👧 family", 8, "👩‍👩‍👧 …"],
  ["e\u0301e\u0301e\u0301", 3, "e\u0301e\u0301e\u0301"],
  ["e\u0301e\u0301e\u0301", 2, "e\u0301…"],
  ["anything", 1, "…"],
  ["anything", 0, ""],
  ["何か", 0, ""],
])("%j in %i columns is %j", (text, columns, cut) => {
  expect(cutToWidth(text, columns)).toBe(cut);
});

const COLUMNS = 12;

/** How many columns a terminal moves its cursor for a text. */
async function columnsOf(text: string): Promise<number> {
  const terminal = new headless.Terminal({ cols: 80, rows: 2, allowProposedApi: true });
  await new Promise<void>((resolve) => terminal.write(text, resolve));
  return terminal.buffer.active.cursorX;
}

it("whatever a text is made of, a terminal shows no more columns of it", async () => {
  const sign = fc.constantFrom(..."aé日本語ｶﾞ한글Ω→·\u00ad\u200b", "👩‍👩‍👧", "🇩🇪", "e\u0301", "❤\ufe0f");
  const anything = fc.string({ unit: sign, maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(anything, async (text) => {
      expect(await columnsOf(cutToWidth(printable(text), COLUMNS))).toBeLessThanOrEqual(COLUMNS);
    }),
    { seed: 1 },
  );
});
