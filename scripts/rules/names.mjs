/** Names that say nothing about what is inside, so that everything ends up there. */
const EMPTY_NAMES = new Set(["util", "utils", "helper", "helpers", "common", "misc"]);

/** Files and folders are called after what they hold. */
/** @type {import("./repository.mjs").Rule} */
export function names({ files }) {
  return files.flatMap(({ path }) => {
    const empty = path.split("/").find((part) => EMPTY_NAMES.has(part.replace(/\..*$/, "")));
    return empty === undefined
      ? []
      : [{ path, message: `"${empty}" says nothing: name it after what it holds.` }];
  });
}
