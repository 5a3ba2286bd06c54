import { describe, expect, it } from "vitest";
import { lazyRequires } from "../lazy-requires.mjs";

/** Runs a CommonJS module; tells what it exports, and which modules it has run so far. */
function run(text: string) {
  const ran: string[] = [];
  const module = { exports: {} as Record<string, unknown> };
  const require = (name: string) => {
    ran.push(name);
    return { name, twice: () => `${name}${name}` };
  };
  new Function("module", "exports", "require", "__importDefault", text)(
    module,
    module.exports,
    require,
    (inner: unknown) => ({ default: inner }),
  );
  return { exports: module.exports, ran };
}

describe("lazyRequires", () => {
  it("a module runs once, when it is first used", () => {
    const { exports, ran } = run(
      lazyRequires(`
        const a_1 = require("a");
        const b_1 = __importDefault(require("b"));
        exports.a = () => (0, a_1.twice)() + a_1.name;
        exports.b = () => new Array(b_1.default.name);`),
    );
    expect(ran).toEqual([]);
    expect((exports.a as () => string)()).toBe("aaa");
    expect((exports.b as () => string[])()).toEqual(["b"]);
    expect(ran).toEqual(["a", "b"]);
  });

  it("a module that is passed on whole, or whose name says that it is no compiler's, runs at once", () => {
    const { exports, ran } = run(
      lazyRequires('const a_1 = require("a"); const b = require("b"); exports.a = a_1; exports.n = b.name;'),
    );
    expect(ran).toEqual(["a", "b"]);
    expect(exports).toMatchObject({ a: { name: "a" }, n: "b" });
  });
});
