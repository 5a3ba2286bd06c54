/** Names that say nothing about the content, and so attract unrelated code. */
const EMPTY_NAMES = new Set(["util", "utils", "helper", "helpers", "common", "misc"]);

/** Files and folders are named after their content. */
/** @type {import("./repository.mjs").Rule} */
export function names({ files }) {
  return files.flatMap(({ path }) => {
    const empty = path.split("/").find((part) => EMPTY_NAMES.has(part.replace(/\..*$/, "")));
    return empty === undefined
      ? []
      : [{ path, message: `"${empty}" says nothing: name it after what it holds.` }];
  });
}
