import type { BuildOptions } from "esbuild";

export const EDGE_BUNDLE: BuildOptions;

export const EDGE_ENTRIES: { readonly bundle: string; readonly "bundle-http": string };
