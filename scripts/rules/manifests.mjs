import { importsOf, packageOf, productionFiles } from "./repository.mjs";

/** Each one is a risk and a download for every user of any broker. */
const CORE_DEPENDENCIES_MAX = 5;

/** Packages whose imports are bundled into what is published, so that they need not be dependencies of it. */
const BUNDLED = new Set(["cli"]);

/** What the registry, npm and bundlers read; `publishConfig.exports` hides the sources from users. */
const REQUIRED = [
  "description",
  "license",
  "type",
  "sideEffects",
  "engines",
  "exports",
  "files",
  "keywords",
  "publishConfig",
];

/** Core stays light. */
/** @type {import("./repository.mjs").Rule} */
export function coreDependencies({ files }) {
  return manifests(files).flatMap(({ name, path, manifest }) => {
    const count = Object.keys(manifest.dependencies ?? {}).length;
    const isHeavy = name === "core" && count > CORE_DEPENDENCIES_MAX;
    return isHeavy
      ? [{ path, message: `core has ${count} dependencies, at most ${CORE_DEPENDENCIES_MAX}.` }]
      : [];
  });
}

/** What production code imports is declared as something that users get. */
/** @type {import("./repository.mjs").Rule} */
export function declaredDependencies(repository) {
  const declared = new Map(
    manifests(repository.files).map(({ name, manifest }) => [
      name,
      new Set(Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })),
    ]),
  );
  return importsOf(productionFiles(repository)).flatMap(({ path, specifier, line }) => {
    const name = packageOf(path) ?? "";
    const wanted = /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;
    if (/^(?:\.|node:)/.test(specifier) || BUNDLED.has(name)) return [];
    if (declared.get(name)?.has(wanted)) return [];
    return [{ path, line, message: `${wanted} is no dependency of ${name} in its package.json.` }];
  });
}

/** Every published package says the same kinds of things about itself. */
/** @type {import("./repository.mjs").Rule} */
export function manifestFields({ files }) {
  return manifests(files).flatMap(({ path, manifest }) => {
    if (manifest.private === true) return [];
    const missing = REQUIRED.filter((field) => !(field in manifest));
    const published = JSON.stringify(manifest.publishConfig?.exports ?? {});
    return [
      ...missing.map((field) => ({ path, message: `"${field}" is missing.` })),
      ...(published.includes("/src/")
        ? [{ path, message: "publishConfig.exports shows sources to users." }]
        : []),
    ];
  });
}

/** @param {readonly import("./repository.mjs").RepositoryFile[]} files */
function manifests(files) {
  return files.flatMap(({ path, text }) => {
    const name = /^packages\/([^/]+)\/package\.json$/.exec(path)?.[1];
    return name === undefined ? [] : [{ name, path, manifest: JSON.parse(text) }];
  });
}
