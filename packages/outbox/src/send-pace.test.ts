import { expect, it } from "vitest";
import { SendPace } from "./send-pace.ts";

it("begins with a small send, and sends more at once while the broker is quick", () => {
  const pace = new SendPace();
  const sizes = Array.from({ length: 6 }, () => {
    const { size } = pace;
    pace.note(size, size, 100);
    return size;
  });
  expect(sizes).toEqual([10, 40, 160, 640, 1_000, 1_000]);
});

it("sends fewer after a slow or partial answer, and few after none", () => {
  const pace = new SendPace();
  for (let i = 0; i < 4; i++) pace.note(pace.size, pace.size, 100);
  pace.note(1_000, 1_000, 2_000);
  expect(pace.size).toBe(500);
  pace.note(500, 100, 100);
  expect(pace.size).toBe(250);
  pace.note(40, 40, 100);
  pace.note(250, 250, 1_000);
  expect(pace.size).toBe(250);
  pace.note(250, 0, 4_500);
  expect(pace.size).toBe(10);
  pace.note(10, 5, 100);
  expect(pace.size).toBe(10);
});
