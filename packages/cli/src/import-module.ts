import { sharedState } from "./output/shared-state.ts";

/**
 * Lets the start file make the `import()` calls of all bundles: the build writes them so. Code from the engine's cache
 * cannot import in Node 20.
 */
export function shareImport(): void {
  sharedState(
    "import",
    () =>
      (specifier: string): Promise<unknown> =>
        import(specifier),
  );
}
