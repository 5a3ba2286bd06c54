// What bundlers for phones call inline requires: a CommonJS module that another one names is not run before it is used.
import MagicString from "magic-string";
import { parseSync, Visitor } from "oxc-parser";

/** What TypeScript wraps around a module that is no CommonJS by birth. */
const INTEROP = ["__importDefault", "__importStar"];

/**
 * The text of a CommonJS module with `const x_1 = require("…")` run at the first use of `x_1`. Only for modules that
 * TypeScript has written: there, no inner scope has a name of that form. A module that is passed on whole stays as it is.
 * @param {string} text
 */
export function lazyRequires(text) {
  const { program } = parseSync("module.cjs", text, { sourceType: "commonjs" });
  const required = program.body.map(requiredBy).filter((found) => found !== undefined);
  const uses = usesOf(new Set(required.map(({ name }) => name)), program);
  const edited = new MagicString(text);
  for (const { name, statement, init } of required) {
    const { members = [], others = 0 } = uses.get(name) ?? {};
    if (others > 0) continue;
    const call = text.slice(init.start, init.end);
    const lazy = `let ${name}$; function ${name}() { return (${name}$ ??= ${call}); }`;
    edited.overwrite(statement.start, statement.end, lazy);
    for (const { start, end } of members) edited.overwrite(start, end, `(${name}())`);
  }
  return edited.toString();
}

/**
 * Where each name stands before a dot, and how often elsewhere, beside its declaration.
 * @param {ReadonlySet<string>} names
 * @param {import("oxc-parser").Program} program
 */
function usesOf(names, program) {
  /** @type {Map<string, { members: import("oxc-parser").Span[], others: number }>} */
  const uses = new Map([...names].map((name) => [name, { members: [], others: -1 }]));
  new Visitor({
    Identifier({ name }) {
      const use = uses.get(name);
      if (use !== undefined) use.others += 1;
    },
    MemberExpression({ object }) {
      const use = object.type === "Identifier" ? uses.get(object.name) : undefined;
      if (use === undefined) return;
      use.others -= 1;
      use.members.push(object);
    },
  }).visit(program);
  return uses;
}

/**
 * The name and the call of `const x_1 = require("…")`, at the top of a module.
 * @param {import("oxc-parser").Statement | import("oxc-parser").Directive} statement
 */
function requiredBy(statement) {
  if (statement.type !== "VariableDeclaration" || statement.declarations.length !== 1) return undefined;
  const [{ id, init } = {}] = statement.declarations;
  if (id?.type !== "Identifier" || !/_\d+$/.test(id.name) || init?.type !== "CallExpression")
    return undefined;
  const [argument] = init.arguments;
  const isInterop = init.callee.type === "Identifier" && INTEROP.includes(init.callee.name);
  const call = isInterop ? argument : init;
  const isRequire =
    call?.type === "CallExpression" && call.callee.type === "Identifier" && call.callee.name === "require";
  return isRequire ? { name: id.name, statement, init } : undefined;
}
