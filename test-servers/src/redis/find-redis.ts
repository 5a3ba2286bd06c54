import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { installPackage } from "../install-package.ts";

/** Where a Redis for tests comes from. */
export type RedisSource =
  /** Somebody runs one for these tests. */
  | { readonly status: "external"; readonly url: string }
  /** A program that can be started. */
  | { readonly status: "program"; readonly path: string }
  | { readonly status: "missing" };

/** What a test does with its Redis. */
export interface RedisNeed {
  /** Whether the test kills or configures it, and so has no use for a server that somebody else runs. Default false. */
  readonly isOwn?: boolean;
}

/** The server programs that speak Redis; either will do. */
const PROGRAMS = ["redis-server", "valkey-server"];

const HOW_TO_GET_ONE =
  "Install redis-server or valkey-server, or name a running one by JOBS_TEST_REDIS_URL (its database is written to).";

/**
 * Whether tests on a real Redis can run here, for `describe.runIf(await hasRedis())`. The first caller on a Debian or
 * Ubuntu machine installs one, if it may. @throws Error where there is none although CI is set, so that no check passes
 * by leaving out.
 */
export async function hasRedis(need: RedisNeed = {}): Promise<boolean> {
  const { status } = await findRedis(need);
  if (status !== "missing") return true;
  if (process.env.CI) throw new Error(`the tests on Redis cannot run. ${HOW_TO_GET_ONE}`);
  process.stderr.write(`\n*** SKIPPED: the tests on Redis. ${HOW_TO_GET_ONE} ***\n\n`);
  return false;
}

/** The Redis that tests are to use: the one named, else a program that is installed, else one that can be. */
export async function findRedis({ isOwn = false }: RedisNeed): Promise<RedisSource> {
  const url = process.env.JOBS_TEST_REDIS_URL;
  if (url && !isOwn) return { status: "external", url };
  const path = programOnPath() ?? ((await installPackage("redis-server")) ? programOnPath() : undefined);
  return path === undefined ? { status: "missing" } : { status: "program", path };
}

function programOnPath(): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return PROGRAMS.flatMap((program) => folders.map((folder) => join(folder, program))).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
