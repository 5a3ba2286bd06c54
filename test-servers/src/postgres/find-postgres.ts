import { accessSync, constants, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { installPackage } from "../install-package.ts";

/** Where a Postgres for tests comes from. */
export type PostgresSource =
  /** Somebody runs one for these tests. */
  | { readonly status: "external"; readonly url: string }
  /** A folder with the programs `initdb` and `postgres`. */
  | { readonly status: "programs"; readonly folder: string }
  | { readonly status: "missing" };

/** What a test does with its Postgres. */
export interface PostgresNeed {
  /** Whether the test stops it, and so has no use for a server that somebody else runs. Default false. */
  readonly isOwn?: boolean;
}

/** Debian and Ubuntu keep the programs of each release here, out of PATH. */
const DEBIAN_FOLDER = "/usr/lib/postgresql";

const HOW_TO_GET_ONE =
  "Install postgresql, or name a running one by JOBS_TEST_PG_URL (databases and roles are created in it).";

/**
 * Whether tests on a real Postgres can run here, for `describe.runIf(await hasPostgres())`. The first caller on a Debian
 * or Ubuntu machine installs one, if it may. @throws Error where there is none although CI is set, so that no check
 * passes by leaving out.
 */
export async function hasPostgres(need: PostgresNeed = {}): Promise<boolean> {
  const { status } = await findPostgres(need);
  if (status !== "missing") return true;
  if (process.env.CI) throw new Error(`the tests on Postgres cannot run. ${HOW_TO_GET_ONE}`);
  process.stderr.write(`\n*** SKIPPED: the tests on Postgres. ${HOW_TO_GET_ONE} ***\n\n`);
  return false;
}

/** The Postgres that tests are to use: the one named, else programs that are installed, else ones that can be. */
export async function findPostgres({ isOwn = false }: PostgresNeed): Promise<PostgresSource> {
  const url = process.env.JOBS_TEST_PG_URL;
  if (url && !isOwn) return { status: "external", url };
  const folder = installedFolder() ?? ((await installPackage("postgresql")) ? installedFolder() : undefined);
  return folder === undefined ? { status: "missing" } : { status: "programs", folder };
}

function installedFolder(): string | undefined {
  const onPath = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return [...onPath, ...debianFolders()].find(
    (folder) => hasProgram(folder, "initdb") && hasProgram(folder, "postgres"),
  );
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
