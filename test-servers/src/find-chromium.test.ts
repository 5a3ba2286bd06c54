import { afterEach, expect, it, vi } from "vitest";
import { findChromium, hasChromium } from "./find-chromium.ts";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

it("says what is left out where there is no Chromium, and how to get one", () => {
  const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  vi.stubEnv("JOBS_TEST_CHROMIUM", "");
  vi.stubEnv("PATH", "");
  expect(hasChromium()).toBe(false);
  expect(write).toHaveBeenCalledWith(expect.stringMatching(/SKIPPED.*JOBS_TEST_CHROMIUM/));
});

it("takes the Chromium that the environment names", () => {
  vi.stubEnv("JOBS_TEST_CHROMIUM", "/opt/chromium");
  expect(findChromium()).toBe("/opt/chromium");
  expect(hasChromium()).toBe(true);
});
