import { importsOf, isTestFile, packageOf, productionFiles, resolveRelative } from "./repository.mjs";

/** Packages that only tests need. */
const TEST_PACKAGES =
  /^(?:vitest|fast-check|@jobs\/testing|@jobs\/broker-conformance|@jobs\/test-servers)(?:\/|$)|^@jobs\/core\/testing$/;

/** Published packages for tests: the packages above are their normal dependencies. */
const TEST_PRODUCTS = new Set(["broker-conformance", "testing"]);

/** No production file imports test code, so that no published package contains any. */
/** @type {import("./repository.mjs").Rule} */
export function testCode(repository) {
  return importsOf(productionFiles(repository)).flatMap(({ path, specifier, line, isDynamic }) => {
    const target = resolveRelative(path, specifier);
    const isOurs = TEST_PRODUCTS.has(packageOf(path) ?? "");
    const isTestOnly = target === undefined ? !isOurs && TEST_PACKAGES.test(specifier) : isTestFile(target);
    const isOnDemand = isDynamic && specifier === "@jobs/broker-conformance";
    return isTestOnly && !isOnDemand ? [{ path, line, message: `imports test code: ${specifier}.` }] : [];
  });
}
