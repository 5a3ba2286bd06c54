/** The sources of a value; an earlier one has priority. */
export const CONFIG_LAYERS = ["flag", "environment", "file", "constructor", "default"] as const;

/** One of {@link CONFIG_LAYERS}. */
export type ConfigLayerName = (typeof CONFIG_LAYERS)[number];

/** Values of one section as written: text, or values of a file or of code. */
export type WrittenValues = Readonly<Record<string, unknown>>;

/** One source of settings, not read or checked yet. */
export interface ConfigLayer {
  readonly layer: Exclude<ConfigLayerName, "default">;
  readonly queuePrefix?: unknown;
  readonly broker?: unknown;
  readonly results?: unknown;
  readonly history?: unknown;
  readonly release?: unknown;
  readonly monitor?: unknown;
  readonly monitorStrict?: unknown;
  readonly allowLocalResults?: unknown;
  /** Section `worker`, by written key (`lease`, not `leaseMs`). */
  readonly worker?: unknown;
  /** Sections `tasks.<name>` and `tasks.DEFAULT`. */
  readonly tasks?: unknown;
  /** The place of a value (`worker.lease` → `jobs.yaml:3`, `JOBS_WORKER_LEASE`, `--lease`), for messages. */
  where?(path: string): string | undefined;
  /** The key of a task's section in `tasks`, for sources that cannot contain every name. */
  taskKey?(task: string): string;
  /** Warnings of the source itself, e.g. about unknown variables. */
  readonly warnings?: readonly string[];
}
