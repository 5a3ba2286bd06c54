import { existsSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";

/** The root of the repository. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/**
 * Loads the built package, so that tables are made from the files that users get.
 * @param {string} name Folder below packages/.
 * @returns {Promise<Record<string, any>>}
 */
export async function distModule(name) {
  const file = `${ROOT}packages/${name}/dist/index.js`;
  if (!existsSync(file)) throw new Error(`packages/${name} is not built: run npm run build first.`);
  return import(pathToFileURL(file).href);
}
