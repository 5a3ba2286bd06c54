import type { ValueReader } from "./value-reader.ts";

/** One setting: parsing, default, variable name and documentation all come from here. */
export interface Setting<T = unknown> {
  /** How it is written in files and, in capitals, in variables: `lease`, `JOBS_WORKER_LEASE`. */
  readonly key: string;
  /** One sentence for the documentation. */
  readonly description: string;
  readonly reader: ValueReader<T>;
  /** As it would be written; `undefined` when there is none. */
  readonly default: unknown;
  /** Rarely needed: left out of `--help`, shown in the documentation (requirement T17). */
  readonly isInternal?: boolean;
  /** May hold a password: never quoted in messages, masked by `jobs config` (F62). */
  readonly isSecret?: boolean;
}

/** A group of settings by the name of their resolved property: `leaseMs` is written `lease`. */
export type SettingsOf<Resolved> = { readonly [Property in keyof Resolved]-?: Setting<Resolved[Property]> };
