import { mkdirSync, statSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { type BundleFolders, type FileLoaders, keepBundles } from "./compiled-bundles.ts";

/** What `node:module` has for this since Node 22. */
interface CodeCompiler {
  enableCompileCache?(folder: string): unknown;
}

/** Node 20 has no such cache, and loading the module there takes a millisecond for nothing. */
const FIRST_WITH_CACHE = 22;

/** Node's own module, where it has the cache. */
export function codeCompiler(): CodeCompiler {
  if (Number.parseInt(process.versions.node, 10) < FIRST_WITH_CACHE) return {};
  // Its member is not in the types of Node 20.
  const builtin: object = process.getBuiltinModule("node:module");
  return builtin;
}

/** What keeps the code of bundles. */
export interface BundleLoading extends Pick<BundleFolders, "bundles"> {
  readonly loaders: FileLoaders;
}

/**
 * Keeps compiled code between starts: the command that of its own bundles, and Node that of all modules, where it can.
 * Node keeps what was compiled before a module runs. The command also keeps the functions that ran, so no start compiles
 * them again. A start then takes about a sixth less processor time. What is found in the cache is run, so it is in the
 * user's own folder and not in the shared temporary one. Without an own folder each start compiles.
 * `NODE_DISABLE_COMPILE_CACHE=1` turns it off.
 */
export function keepCompiledCode(
  node: CodeCompiler,
  { loaders, bundles }: BundleLoading,
  env: NodeJS.ProcessEnv = process.env,
): void {
  if (env.NODE_DISABLE_COMPILE_CACHE === "1") return;
  const cache = ownCacheFolder(env);
  if (cache === undefined) return;
  keepBundles(loaders, { bundles, cache });
  node.enableCompileCache?.(cache);
}

/** Where the XDG base directory specification puts caches; it ignores relative paths. */
function ownCacheFolder({ XDG_CACHE_HOME, HOME, LOCALAPPDATA }: NodeJS.ProcessEnv): string | undefined {
  const found = [
    { home: XDG_CACHE_HOME, cache: "." },
    { home: HOME, cache: ".cache" },
    { home: LOCALAPPDATA, cache: "." },
  ].find(({ home }) => home !== undefined && isAbsolute(home));
  if (found?.home === undefined || !isOwn(found.home)) return undefined;
  const folder = join(found.home, found.cache, "jobs", "compile-cache");
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return folder;
  } catch {
    return undefined;
  }
}

/** A program that `sudo` started may have the home of another user, who must not choose what it runs. */
function isOwn(folder: string): boolean {
  const uid = process.getuid?.();
  return uid === undefined || statSync(folder, { throwIfNoEntry: false })?.uid === uid;
}
