import { codeFiles, importsOf, resolveRelative } from "./repository.mjs";

const CONTRACTS = /(?:^|\/)tasks(?:\.ts$|\/)/;
const HANDLERS = /(?:^|\/)(?:handlers(?:\.ts$|\/)|app\.ts$|handle-[^/]+\.ts$)/;

/** In the examples, contracts never import handlers, so that a producer loads none of their code. */
/** @type {import("./repository.mjs").Rule} */
export function contracts(repository) {
  const examples = codeFiles(repository).filter(
    ({ path }) => path.startsWith("examples/") && CONTRACTS.test(path),
  );
  return importsOf(examples).flatMap(({ path, specifier, line }) =>
    HANDLERS.test(resolveRelative(path, specifier) ?? "")
      ? [{ path, line, message: `a contract imports a handler: ${specifier}.` }]
      : [],
  );
}
