import { importsOf, productionFiles, resolveRelative } from "./repository.mjs";

/** No file imports itself through other files. Imports of types count too, since such a cycle is as hard to read. */
/** @type {import("./repository.mjs").Rule} */
export function cycles(repository) {
  const graph = importGraph(repository);
  const done = new Set();
  /** @type {string[][]} */
  const found = [];
  for (const path of graph.keys()) visit(path, []);
  return found.map((circle) => ({
    path: circle[0] ?? "",
    message: `imports itself: ${circle.join(" → ")}. Move what both need into a file of its own.`,
  }));

  /**
   * @param {string} path
   * @param {readonly string[]} trail
   */
  function visit(path, trail) {
    const start = trail.indexOf(path);
    if (start !== -1) found.push([...trail.slice(start), path]);
    if (start !== -1 || done.has(path)) return;
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  }
}

/** @param {import("./repository.mjs").Repository} repository */
function importGraph(repository) {
  const files = productionFiles(repository);
  /** @type {Map<string, string[]>} */
  const graph = new Map(files.map(({ path }) => [path, []]));
  for (const { path, specifier } of importsOf(files)) {
    const target = resolveRelative(path, specifier);
    if (target !== undefined && graph.has(target)) graph.get(path)?.push(target);
  }
  return graph;
}
