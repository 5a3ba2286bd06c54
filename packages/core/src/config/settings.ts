import type { ValueReader } from "./value-reader.ts";

/** One setting. Its parser, default, variable and documentation are all defined here. */
export interface Setting<T = unknown> {
  /** Its key in files and, in capitals, in variables: `lease`, `JOBS_WORKER_LEASE`. */
  readonly key: string;
  /** One sentence for the documentation. */
  readonly description: string;
  readonly reader: ValueReader<T>;
  /** In written form; `undefined` without a default. */
  readonly default: unknown;
  /** Rarely needed: only the documentation shows it, `--help` does not (requirement T17). */
  readonly isInternal?: boolean;
  /** May hold a password: never quoted in messages, masked by `jobs config` (F62). */
  readonly isSecret?: boolean;
}

/** A group of settings by the name of their resolved property: `leaseMs` is written `lease`. */
export type SettingsOf<Resolved> = { readonly [Property in keyof Resolved]-?: Setting<Resolved[Property]> };
