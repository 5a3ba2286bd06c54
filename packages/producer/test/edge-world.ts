import { createContext, runInContext } from "node:vm";
import { build } from "esbuild";
import { EDGE_BUNDLE, EDGE_ENTRIES } from "../edge-bundle.mjs";

/** All that a runtime at the edge has besides the language. */
const WEB = { fetch, crypto, TextEncoder, TextDecoder, URL, AbortSignal, Request, Response };

/** The text of a bundle, in a form that a module or a script can load. */
export async function bundleText(
  format: "esm" | "iife",
  bundle: keyof typeof EDGE_ENTRIES = "bundle",
): Promise<string> {
  const globalName = bundle === "bundle" ? "jobs" : "http";
  const entryPoints = [EDGE_ENTRIES[bundle]];
  const built = await build({ ...EDGE_BUNDLE, entryPoints, format, globalName, write: false });
  return built.outputFiles?.[0]?.text ?? "";
}

/** Runs code in a runtime without Node, which knows the bundles as `jobs` and `http`. */
export async function edgeRuntime(): Promise<(code: string) => Promise<unknown>> {
  const context = createContext({ ...WEB });
  runInContext(await bundleText("iife"), context);
  runInContext(await bundleText("iife", "bundle-http"), context);
  return async (code) => runInContext(`(async () => { ${code} })()`, context);
}
