import type { BuildOptions } from "esbuild";

export const EDGE_BUNDLE: BuildOptions;
