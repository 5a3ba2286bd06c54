import { findPython } from "../find-python.ts";

const HOW_TO_GET_ONE =
  "Install python3-celery and python3-redis, or both packages of PyPI for the python3 on the PATH.";

/**
 * Whether tests on a real Celery can run here, for `describe.runIf(await hasCelery())`. The first caller on Debian or
 * Ubuntu installs one, if it may. @throws Error without one when CI is set, so that CI cannot skip these tests.
 */
export async function hasCelery(): Promise<boolean> {
  if ((await findCelery()) !== undefined) return true;
  if (process.env.CI) throw new Error(`the tests on Celery cannot run. ${HOW_TO_GET_ONE}`);
  process.stderr.write(`\n*** SKIPPED: the tests on Celery. ${HOW_TO_GET_ONE} ***\n\n`);
  return false;
}

/** The path of a Python with Celery and its driver of Redis: an installed one, else one that it can install. */
export async function findCelery(): Promise<string | undefined> {
  return findPython({ statement: "import celery, redis", packages: ["python3-celery", "python3-redis"] });
}
