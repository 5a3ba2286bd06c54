import { importsOf, packageOf, productionFiles } from "./repository.mjs";

/** Each dependency is a risk and a download for the users of every broker. */
const CORE_DEPENDENCIES_MAX = 5;

/** Packages that are published with their imports bundled, so that these need not be dependencies. */
const BUNDLED = new Set(["cli"]);

/** The fields that the registry, npm and bundlers read. `publishConfig.exports` hides the sources from users. */
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

/** Limits the dependencies of core. */
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

/** Every import of production code is a declared dependency of the published package. */
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

/** Every published package has the same fields in its manifest. */
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
