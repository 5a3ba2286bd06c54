import { installPackage } from "./install-package.ts";
import { programOnPath } from "./program-on-path.ts";

/** Names of a Chromium, by the system that installs it. */
const PROGRAMS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

const HOW_TO_GET_ONE = "Install chromium, or name one by JOBS_TEST_CHROMIUM.";

/**
 * Whether tests in a real browser can run here, for `describe.runIf(await hasChromium())`. Where CI is set, the first
 * caller on Debian installs one, if it may. Elsewhere none is installed, since it is many times the size of this
 * repository. @throws Error without a Chromium when CI is set, so that CI cannot skip these tests.
 */
export async function hasChromium(): Promise<boolean> {
  if (findChromium() !== undefined) return true;
  if (process.env.CI) {
    if ((await installPackage("chromium")) && findChromium() !== undefined) return true;
    throw new Error(`the tests in a browser cannot run. ${HOW_TO_GET_ONE}`);
  }
  process.stderr.write(`\n*** SKIPPED: the tests in a browser. ${HOW_TO_GET_ONE} ***\n\n`);
  return false;
}

/** The program of a Chromium: the one in the environment, else an installed one. */
export function findChromium(): string | undefined {
  return process.env.JOBS_TEST_CHROMIUM || programOnPath(PROGRAMS);
}
