import { parseSync, Visitor } from "oxc-parser";

/**
 * Everything that a module names by a text: imports, `require`, types, and files beside it as `new URL("…",
 * import.meta.url)`.
 * @param {string} path
 * @param {string} text
 * @returns {readonly string[]}
 */
export function importsOf(path, text) {
  /** @type {string[]} */
  const found = [];
  /** @param {{ readonly type: string, readonly value?: unknown } | null | undefined} node */
  const add = (node) => {
    if (node?.type === "Literal" && typeof node.value === "string") found.push(node.value);
  };
  const { program } = parseSync(path, text, path.endsWith(".cjs") ? { sourceType: "commonjs" } : {});
  new Visitor({
    ImportDeclaration: ({ source }) => add(source),
    ExportNamedDeclaration: ({ source }) => add(source),
    ExportAllDeclaration: ({ source }) => add(source),
    ImportExpression: ({ source }) => add(source),
    TSImportType: ({ source }) => add(source),
    CallExpression({ callee, arguments: [first] }) {
      if (callee.type === "Identifier" && callee.name === "require") add(first);
    },
    NewExpression({ callee, arguments: [first, second] }) {
      const isBeside = second?.type === "MemberExpression" && second.object.type === "MetaProperty";
      if (callee.type === "Identifier" && callee.name === "URL" && isBeside) add(first);
    },
  }).visit(program);
  return found;
}
