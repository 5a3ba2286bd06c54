import { describe, expect, it } from "vitest";
import { chart } from "./chart.ts";

const bar = (times: number, label = "work") => ({ label, peer: "peer", times });
const rects = (image: string) =>
  [...image.matchAll(/<rect class="(\w+)" x="([\d.]+)" y="\d+" width="([\d.]+)"/g)].map(
    ([, side, x, width]) => ({ side, x: Number(x), width: Number(width) }),
  );

describe("the chart", () => {
  it("draws four times and a quarter equally long, on both sides of the peer", () => {
    const [ahead, behind] = rects(chart("title", [bar(4), bar(1 / 4)], ["about"]));
    expect(ahead).toMatchObject({ side: "ahead", width: behind?.width });
    expect(behind).toMatchObject({ side: "behind" });
    expect((behind?.x ?? 0) + (behind?.width ?? 0)).toBeCloseTo(ahead?.x ?? 0, 1);
  });

  it("marks each power of two from the least to the most", () => {
    const image = chart("title", [bar(5), bar(0.2)], ["about"]);
    expect([...image.matchAll(/middle" x="[\d.]+" y="\d+">([^<]+)</g)].map(([, mark]) => mark)).toEqual([
      "1/8×",
      "1/4×",
      "1/2×",
      "1×",
      "2×",
      "4×",
      "8×",
    ]);
  });

  it("keeps names of any kind as text", () => {
    expect(chart("title", [bar(1, '<b> & "c"')], ["about"])).toContain('&lt;b> &amp; "c"</text>');
  });
});
