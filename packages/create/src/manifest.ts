import { readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { basename } from "node:path";
import { BROKER_CHOICES } from "./broker-choice.ts";
import { CreateError } from "./create-error.ts";
import type { ProjectChoices } from "./project-files.ts";

/** The parts of a package.json that a new project needs. */
interface Manifest {
  readonly [field: string]: unknown;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** Versions of what is not ours. */
const TOOLS = { "@types/node": "^22.0.0", tsx: "^4.20.0", typescript: "^5.9.0" } as const;

/** What SQLite needs on this Node: nothing from 22.13 on. */
const SQLITE_DRIVER = isBuiltin("node:sqlite") ? {} : { "@photostructure/sqlite": "^1.2.1" };

/**
 * package.json of the project. What an existing one says stays: only missing fields, scripts and packages are added.
 * @param existing Text of the package.json that is there. Default: none is.
 * @throws CreateError `unreadable_manifest` when `existing` is no JSON object
 */
export function manifestOf(choices: ProjectChoices, existing?: string): string {
  const before = existing === undefined ? {} : parse(existing);
  const isTypeScript = choices.language === "typescript";
  const runTests = isTypeScript
    ? "node --import tsx --test test/app.test.ts"
    : "node --test test/app.test.js";
  const manifest: Manifest = {
    ...(existing === undefined ? { name: nameOf(choices.folder), private: true } : {}),
    type: "module",
    ...before,
    scripts: {
      worker: "jobs-cli worker",
      enqueue: "jobs-cli enqueue welcome email=ada@example.org",
      stats: "jobs-cli stats",
      test: runTests,
      ...(isTypeScript ? { typecheck: "tsc" } : {}),
      ...before.scripts,
    },
    dependencies: {
      ...before.dependencies,
      ...ours("@jobs/core", BROKER_CHOICES[choices.broker].package, "@jobs/cli"),
      ...(choices.broker === "sqlite" ? SQLITE_DRIVER : {}),
    },
    devDependencies: {
      ...(isTypeScript ? TOOLS : {}),
      ...before.devDependencies,
      ...ours("@jobs/testing"),
    },
  };
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}

/** Our packages with the versions that were released together with this one: it names them itself. */
function ours(...names: readonly string[]): Readonly<Record<string, string>> {
  const { dependencies, peerDependencies } = JSON.parse(
    readFileSync(new URL("../package.json", import.meta.url), "utf8"),
  ) as Required<Pick<Manifest, "dependencies">> & {
    readonly peerDependencies: Readonly<Record<string, string>>;
  };
  const versions = { ...dependencies, ...peerDependencies };
  return Object.fromEntries(names.map((name) => [name, versions[name] ?? "latest"]));
}

/** A name that npm takes: a folder may be called almost anything. */
function nameOf(folder: string): string {
  const name = basename(folder)
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, "-")
    .replace(/^[._-]+/, "");
  return name === "" ? "app" : name;
}

function parse(text: string): Manifest {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Manifest;
  } catch {}
  throw new CreateError(
    "unreadable_manifest",
    "package.json of this folder is not a JSON object.",
    "mend it first",
  );
}
