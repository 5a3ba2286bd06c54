import { createContext, runInContext } from "node:vm";
import { build } from "esbuild";
import { EDGE_BUNDLE } from "../edge-bundle.mjs";

/** All that a runtime at the edge has besides the language. */
const WEB = { fetch, crypto, TextEncoder, URL, AbortSignal, Response };

/** The text of the bundle, in a form that a module or a script can load. */
export async function bundleText(format: "esm" | "iife"): Promise<string> {
  const built = await build({ ...EDGE_BUNDLE, format, globalName: "jobs", write: false });
  return built.outputFiles?.[0]?.text ?? "";
}

/** Runs code in a runtime without Node, which knows the bundle as `jobs`. */
export async function edgeRuntime(): Promise<(code: string) => Promise<unknown>> {
  const context = createContext({ ...WEB });
  runInContext(await bundleText("iife"), context);
  return async (code) => runInContext(`(async () => { ${code} })()`, context);
}
