import { codeFiles, importsOf, packageOf, resolveRelative } from "./repository.mjs";

/** No file imports a file of another package directly, but only its exports; tests too. */
/** @type {import("./repository.mjs").Rule} */
export function packageBorders(repository) {
  return importsOf(codeFiles(repository)).flatMap(({ path, specifier, line }) => {
    if (/^@jobs\/[^/]+\/(?:src|dist)(?:\/|$)/.test(specifier)) {
      return [{ path, line, message: `${specifier} reaches into a package; import what it exports.` }];
    }
    const target = packageOf(resolveRelative(path, specifier) ?? "");
    const isAway = target !== undefined && target !== packageOf(path) && !path.startsWith("scripts/");
    return isAway
      ? [{ path, line, message: `${specifier} reaches into ${target}; import @jobs/${target}.` }]
      : [];
  });
}
