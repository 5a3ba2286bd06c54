/** Each dependency is a risk and a download for the users of every broker. */
const CORE_DEPENDENCIES_MAX = 5;

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
  "repository",
  "homepage",
  "bugs",
  "author",
];

/** Those that are the same in every manifest. The root has them; the registry shows them, and provenance needs them. */
const SHARED = ["license", "homepage", "bugs", "author"];

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

/** What all packages share is as the root has it. `repository` says in addition which folder is the package. */
/** @type {import("./repository.mjs").Rule} */
export function sharedFields({ files }) {
  const root = JSON.parse(files.find(({ path }) => path === "package.json")?.text ?? "{}");
  return manifests(files).flatMap(({ name, path, manifest }) => {
    if (manifest.private === true) return [];
    const expected = {
      ...Object.fromEntries(SHARED.map((field) => [field, root[field]])),
      repository: { ...root.repository, directory: `packages/${name}` },
    };
    return Object.entries(expected)
      .filter(([field, value]) => JSON.stringify(manifest[field]) !== JSON.stringify(value))
      .map(([field, value]) => ({ path, message: `"${field}" must be ${JSON.stringify(value)}.` }));
  });
}

/** @param {readonly import("./repository.mjs").RepositoryFile[]} files */
function manifests(files) {
  return files.flatMap(({ path, text }) => {
    const name = /^packages\/([^/]+)\/package\.json$/.exec(path)?.[1];
    return name === undefined ? [] : [{ name, path, manifest: JSON.parse(text) }];
  });
}
