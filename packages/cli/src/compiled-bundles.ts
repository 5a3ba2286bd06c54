import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Script } from "node:vm";
import { VERSION } from "./base/program.ts";

/** `require.extensions`: what loads a file, by its extension. */
export type FileLoaders = NodeJS.Require["extensions"];

/** Where bundles are, and where their compiled code is kept. */
export interface BundleFolders {
  readonly bundles: string;
  readonly cache: string;
}

/** A bundle that was compiled from its text, with what it was compiled from. */
interface Compiled {
  readonly script: Script;
  readonly file: string;
  readonly identity: string;
}

/** A file of CommonJS as a function, with what each such module is given. */
type ModuleFunction = (
  ...given: [
    exports: unknown,
    require: (id: string) => unknown,
    module: NodeJS.Module,
    filename: string,
    dirname: string,
  ]
) => void;

/**
 * Keeps the compiled code of this command's own bundles with all functions that ran: compiling them takes a
 * sixth of a start. Code is written when the process exits, since it then has the functions that ran. Only files in
 * `bundles` are concerned. Node loads all others as before.
 */
export function keepBundles(loaders: FileLoaders, { bundles, cache }: BundleFolders): void {
  const compiled: Compiled[] = [];
  const { ".js": loadByNode } = loaders;
  loaders[".cjs"] = (module, path) => {
    if (dirname(path) !== bundles) return loadByNode?.(module, path);
    const file = join(cache, `${process.version}-${process.arch}`, nameFor(path));
    const identity = identityOf(path);
    const cachedData = readKept(file, identity);
    const script = new Script(
      `(function (exports, require, module, __filename, __dirname) { ${readFileSync(path, "utf8")}\n})`,
      {
        filename: path,
        ...(cachedData === undefined ? {} : { cachedData }),
      },
    );
    if (cachedData === undefined || script.cachedDataRejected === true)
      compiled.push({ script, file, identity });
    const run: ModuleFunction = script.runInThisContext();
    run.call(module.exports, module.exports, (id) => module.require(id), module, path, bundles);
  };
  process.once("exit", () => compiled.forEach(keep));
}

/** Long paths are cut. The content says which file it is for. */
function nameFor(path: string): string {
  return path.replace(/[^\w.]+/g, "-").slice(-200);
}

/** Changes with each installation and each edit of the file. */
function identityOf(path: string): string {
  const { size, mtimeMs, ctimeMs } = statSync(path);
  return JSON.stringify([VERSION, path, size, mtimeMs, ctimeMs]);
}

/** The engine checks its own version and its flags. It does not see that a page of the file was lost by a crash. */
function readKept(file: string, identity: string): Buffer | undefined {
  try {
    const kept = readFileSync(file);
    const end = kept.length - SUM_CHARS - 1 - Buffer.byteLength(identity);
    const data = kept.subarray(0, Math.max(end, 0));
    return kept.subarray(data.length).equals(trailer(data, identity)) ? data : undefined;
  } catch {
    return undefined;
  }
}

/** A sum of samples, in hex. */
const SUM_CHARS = 8;

/** It follows the data, which the engine wants at the start of a buffer. */
function trailer(data: Buffer, identity: string): Buffer {
  return Buffer.from(`${(sampled(data) >>> 0).toString(16).padStart(SUM_CHARS, "0")} ${identity}`);
}

/** Bytes between two samples. Each page of a disk has many, at odd places: every eighth byte of code may be 0. */
const SAMPLE_BYTES = 61;

function sampled(data: Buffer): number {
  let sum = data.length;
  for (let at = 0; at < data.length; at += SAMPLE_BYTES) sum = Math.imul(sum ^ (data[at] ?? 0), 0x01000193);
  return sum;
}

/** Without it, the next start compiles again. Another process may read it meanwhile, so it is renamed. */
function keep({ script, file, identity }: Compiled): void {
  const half = `${file}.${process.pid}`;
  try {
    const data = script.createCachedData();
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(half, Buffer.concat([data, trailer(data, identity)]), { mode: 0o600 });
    renameSync(half, file);
  } catch {
    // The folder cannot be written.
  }
}
