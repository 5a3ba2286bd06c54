import { expect, it } from "vitest";
import { capabilityText } from "../commands/caps.ts";

it.each([
  [{ maxMs: Number.POSITIVE_INFINITY, nativeMs: 900_000 }, "maxMs no limit, nativeMs 15m"],
  [{ maxMs: 43_200_000, maxTotalMs: null }, "maxMs 12h, maxTotalMs no limit"],
  [false, "no"],
  ["while-stored", "while-stored"],
])("says %j as %s", (value, expected) => {
  expect(capabilityText(value)).toBe(expected);
});
