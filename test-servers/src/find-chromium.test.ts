import { afterEach, expect, it, vi } from "vitest";
import { findChromium, hasChromium } from "./find-chromium.ts";

const installPackage = vi.hoisted(() => vi.fn(async (_name: string) => false));
vi.mock(import("./install-package.ts"), () => ({ installPackage }));

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  installPackage.mockClear();
});

function leaveNone(ci: string) {
  vi.stubEnv("JOBS_TEST_CHROMIUM", "");
  vi.stubEnv("PATH", "");
  vi.stubEnv("CI", ci);
}

it("says what is left out where there is no Chromium, how to get one, and installs none", async () => {
  const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  leaveNone("");
  expect(await hasChromium()).toBe(false);
  expect(write).toHaveBeenCalledWith(expect.stringMatching(/SKIPPED.*JOBS_TEST_CHROMIUM/));
  expect(installPackage).not.toHaveBeenCalled();
});

it("throws on CI where there is no Chromium, and none can be installed", async () => {
  leaveNone("true");
  await expect(hasChromium()).rejects.toThrow(/cannot run.*JOBS_TEST_CHROMIUM/);
  expect(installPackage).toHaveBeenCalledWith("chromium");
});

it("takes the Chromium that was installed on CI", async () => {
  leaveNone("true");
  installPackage.mockImplementationOnce(async () => {
    vi.stubEnv("JOBS_TEST_CHROMIUM", "/usr/bin/chromium");
    return true;
  });
  expect(await hasChromium()).toBe(true);
});

it("takes the Chromium that the environment names", async () => {
  vi.stubEnv("JOBS_TEST_CHROMIUM", "/opt/chromium");
  expect(findChromium()).toBe("/opt/chromium");
  expect(await hasChromium()).toBe(true);
});
