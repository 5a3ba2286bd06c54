import { accessSync, constants, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { installPackage } from "../install-package.ts";

/** The source of a Postgres for tests. */
export type PostgresSource =
  /** A server that already runs for these tests. */
  | { readonly status: "external"; readonly url: string }
  /** A folder with the programs `initdb` and `postgres`. */
  | { readonly status: "programs"; readonly folder: string }
  | { readonly status: "missing" };

/** How a test uses its Postgres. */
export interface PostgresNeed {
  /** Whether the test stops it, and so cannot use a shared server. Default false. */
  readonly isOwn?: boolean;
}

/** Debian and Ubuntu install the programs of each release here, outside of PATH. */
const DEBIAN_FOLDER = "/usr/lib/postgresql";

const HOW_TO_GET_ONE =
  "Install postgresql, or name a running one by JOBS_TEST_PG_URL (databases and roles are created in it), or the folder of its programs by JOBS_TEST_PG_BIN.";

/**
 * Whether tests on a real Postgres can run here, for `describe.runIf(await hasPostgres())`. The first caller on Debian
 * or Ubuntu installs one, if it may. @throws Error without a Postgres when CI is set, so that CI cannot skip these
 * tests.
 */
export async function hasPostgres(need: PostgresNeed = {}): Promise<boolean> {
  const { status } = await findPostgres(need);
  if (status !== "missing") return true;
  if (process.env.CI) throw new Error(`the tests on Postgres cannot run. ${HOW_TO_GET_ONE}`);
  process.stderr.write(`\n*** SKIPPED: the tests on Postgres. ${HOW_TO_GET_ONE} ***\n\n`);
  return false;
}

/**
 * The Postgres for tests: the server or the programs in the environment, else installed programs, else ones that it can
 * install. @throws Error for a folder in the environment without these programs
 */
export async function findPostgres({ isOwn = false }: PostgresNeed): Promise<PostgresSource> {
  const url = process.env.JOBS_TEST_PG_URL;
  if (url && !isOwn) return { status: "external", url };
  const named = process.env.JOBS_TEST_PG_BIN;
  if (named) {
    if (hasPrograms(named)) return { status: "programs", folder: named };
    throw new Error(`JOBS_TEST_PG_BIN: ${named} has no initdb and postgres.`);
  }
  const folder = installedFolder() ?? ((await installPackage("postgresql")) ? installedFolder() : undefined);
  return folder === undefined ? { status: "missing" } : { status: "programs", folder };
}

function installedFolder(): string | undefined {
  const onPath = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return [...onPath, ...debianFolders()].find(hasPrograms);
}

function hasPrograms(folder: string): boolean {
  return hasProgram(folder, "initdb") && hasProgram(folder, "postgres");
}

/** The newest release first. */
function debianFolders(): readonly string[] {
  try {
    const releases = readdirSync(DEBIAN_FOLDER).sort((one, other) => Number(other) - Number(one));
    return releases.map((release) => join(DEBIAN_FOLDER, release, "bin"));
  } catch {
    return [];
  }
}

function hasProgram(folder: string, name: string): boolean {
  try {
    accessSync(join(folder, name), constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
