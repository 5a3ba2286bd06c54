import { installPackage } from "../install-package.ts";
import { programOnPath } from "../program-on-path.ts";

/** The source of a Redis for tests. */
export type RedisSource =
  /** A server that already runs for these tests. */
  | { readonly status: "external"; readonly url: string }
  /** A program that can be started. */
  | { readonly status: "program"; readonly path: string }
  | { readonly status: "missing" };

/** How a test uses its Redis. */
export interface RedisNeed {
  /** Whether the test kills or configures it, and so cannot use a shared server. Default false. */
  readonly isOwn?: boolean;
}

/** Server programs with Redis's protocol; both work. */
const PROGRAMS = ["redis-server", "valkey-server"];

const HOW_TO_GET_ONE =
  "Install redis-server or valkey-server, or name a running one by JOBS_TEST_REDIS_URL (its database is written to).";

/**
 * Whether tests on a real Redis can run here, for `describe.runIf(await hasRedis())`. The first caller on Debian or
 * Ubuntu installs one, if it may. @throws Error without a Redis when CI is set, so that CI cannot skip these tests.
 */
export async function hasRedis(need: RedisNeed = {}): Promise<boolean> {
  const { status } = await findRedis(need);
  if (status !== "missing") return true;
  if (process.env.CI) throw new Error(`the tests on Redis cannot run. ${HOW_TO_GET_ONE}`);
  process.stderr.write(`\n*** SKIPPED: the tests on Redis. ${HOW_TO_GET_ONE} ***\n\n`);
  return false;
}

/** The Redis for tests: the server in the environment, else an installed program, else one that it can install. */
export async function findRedis({ isOwn = false }: RedisNeed): Promise<RedisSource> {
  const url = process.env.JOBS_TEST_REDIS_URL;
  if (url && !isOwn) return { status: "external", url };
  const find = () => programOnPath(PROGRAMS);
  const path = find() ?? ((await installPackage("redis-server")) ? find() : undefined);
  return path === undefined ? { status: "missing" } : { status: "program", path };
}
