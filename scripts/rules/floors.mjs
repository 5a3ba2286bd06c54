import { importsOf, productionFiles, resolveRelative } from "./repository.mjs";

/** The floors of core, the lowest first. An import goes down or stays on its floor. See docs/internals.md. */
const FLOORS = [
  ["errors", "runtime", "options"],
  ["envelope", "broker", "json", "coordination"],
  ["task", "job", "retry"],
  ["producer", "worker", "results", "config"],
  ["flow", "monitor", "schedule", "adapter"],
  ["app"],
  ["entries"],
];

/** Forbidden imports on one floor: a contract imports no handler and nothing that runs one. */
const FORBIDDEN_NEIGHBOURS = [{ from: "task", to: "job" }];

const CORE_FOLDER = /^packages\/core\/src\/([^/]+)\//;

/** No import of core goes up, not even for a type: a floor must be understood without those above it. */
/** @type {import("./repository.mjs").Rule} */
export function floors(repository) {
  const core = productionFiles(repository).filter(({ path }) => CORE_FOLDER.test(path));
  return importsOf(core).flatMap(({ path, specifier, line }) => {
    const from = folderOf(path);
    const to = folderOf(resolveRelative(path, specifier) ?? "");
    const message = from === undefined || to === undefined ? undefined : complaint(from, to);
    return message === undefined ? [] : [{ path, line, message }];
  });
}

/** Every folder of core has a floor, so that the rule covers all folders. */
/** @type {import("./repository.mjs").Rule} */
export function floorsAreComplete(repository) {
  const folders = new Map(productionFiles(repository).map(({ path }) => [folderOf(path), path]));
  return [...folders].flatMap(([folder, path]) =>
    folder === undefined || floorOf(folder) !== undefined
      ? []
      : [{ path, message: `core/src/${folder} has no floor; give it one in scripts/rules/floors.mjs.` }],
  );
}

/**
 * @param {string} from
 * @param {string} to
 */
function complaint(from, to) {
  if (FORBIDDEN_NEIGHBOURS.some((pair) => pair.from === from && pair.to === to)) {
    return `${from}/ must not import ${to}/: contracts know no handlers.`;
  }
  const lower = floorOf(from) ?? 0;
  const upper = floorOf(to) ?? 0;
  return upper > lower
    ? `${from}/ (floor ${lower}) imports ${to}/ (floor ${upper}): imports go down.`
    : undefined;
}

/** @param {string} folder */
function floorOf(folder) {
  const index = FLOORS.findIndex((floor) => floor.includes(folder));
  return index === -1 ? undefined : index + 1;
}

/** @param {string} path */
function folderOf(path) {
  return CORE_FOLDER.exec(path)?.[1];
}
