import { isObject } from "../options/is-object.ts";

/** What was loaded from a module: its exports by their names, the default one as `default`. */
export type ModuleExports = Readonly<Record<string, unknown>>;

/**
 * The exports of a module that `import()` or jiti has loaded, as its author means them. CommonJS has two other forms.
 * Node gives the exports of compiled TypeScript, marked by `__esModule`, as the default export. jiti gives what a module
 * has set as `module.exports`, without a default export. A module that has set nothing has no exports.
 */
export function moduleExports(loaded: unknown): ModuleExports {
  if (isModule(loaded)) return isCompiled(loaded.default) ? loaded.default : loaded;
  return isEmpty(loaded) ? {} : { ...Object(loaded), default: loaded };
}

/** Whether it has named exports, rather than one value. */
function isModule(loaded: unknown): loaded is ModuleExports {
  return isObject(loaded) && (Reflect.get(loaded, Symbol.toStringTag) === "Module" || isCompiled(loaded));
}

function isCompiled(exported: unknown): exported is ModuleExports {
  return isObject(exported) && exported.__esModule === true;
}

function isEmpty(exported: unknown): boolean {
  return (
    isObject(exported) &&
    Object.getPrototypeOf(exported) === Object.prototype &&
    Reflect.ownKeys(exported).length === 0
  );
}
