import { spawnSync } from "node:child_process";
import { installPackage } from "../install-package.ts";
import { programOnPath } from "../program-on-path.ts";

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
  const isInstalled = async () => (await installPackage("python3-celery")) && installPackage("python3-redis");
  return find() ?? ((await isInstalled()) ? find() : undefined);
}

/** Debian's packages are for its own Python, which another may hide on the `PATH`. */
function find(): string | undefined {
  const pythons = [programOnPath(["python3"]), "/usr/bin/python3"];
  return pythons.find(
    (python) => python !== undefined && spawnSync(python, ["-c", "import celery, redis"]).status === 0,
  );
}
