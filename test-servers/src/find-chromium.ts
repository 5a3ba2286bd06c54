import { programOnPath } from "./program-on-path.ts";

/** Names of a Chromium, by the system that installs it. */
const PROGRAMS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

const HOW_TO_GET_ONE = "Install chromium, or name one by JOBS_TEST_CHROMIUM.";

/**
 * Whether tests in a real browser can run here, for `describe.runIf(hasChromium())`. It installs none, since that is
 * many times the size of this repository.
 */
export function hasChromium(): boolean {
  if (findChromium() !== undefined) return true;
  process.stderr.write(`\n*** SKIPPED: the tests in a browser. ${HOW_TO_GET_ONE} ***\n\n`);
  return false;
}

/** The program of a Chromium: the one in the environment, else an installed one. */
export function findChromium(): string | undefined {
  return process.env.JOBS_TEST_CHROMIUM || programOnPath(PROGRAMS);
}
