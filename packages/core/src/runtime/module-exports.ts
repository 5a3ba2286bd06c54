/** What was loaded from a module: its exports by their names, the default one as `default`. */
export type ModuleExports = Readonly<Record<string, unknown>>;

/**
 * The exports of a module that `import()` or jiti has loaded, as its author means them. CommonJS has two other forms.
 * Node gives the exports of compiled TypeScript, marked by `__esModule`, as the default export. jiti gives what a module
 * has set as `module.exports`, without a default export. A module that has set nothing has no exports.
 */
export function moduleExports(loaded: unknown): ModuleExports {
  if (isEmpty(loaded)) return {};
  if (!isMarked(loaded)) return { ...Object(loaded), default: loaded };
  const { default: exported } = loaded;
  return isCompiled(exported) ? exported : loaded;
}

function isEmpty(loaded: unknown): boolean {
  return (
    typeof loaded === "object" &&
    loaded !== null &&
    Object.getPrototypeOf(loaded) === Object.prototype &&
    Reflect.ownKeys(loaded).length === 0
  );
}

/** Whether it has named exports, rather than one value. */
function isMarked(loaded: unknown): loaded is ModuleExports {
  return (
    typeof loaded === "object" &&
    loaded !== null &&
    (Reflect.get(loaded, Symbol.toStringTag) === "Module" || isCompiled(loaded))
  );
}

function isCompiled(exported: unknown): exported is ModuleExports {
  return typeof exported === "object" && exported !== null && Reflect.get(exported, "__esModule") === true;
}
