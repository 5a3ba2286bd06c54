/** Where a value can come from; the earlier wins. */
export const CONFIG_LAYERS = ["flag", "environment", "file", "constructor", "default"] as const;

/** One of {@link CONFIG_LAYERS}. */
export type ConfigLayerName = (typeof CONFIG_LAYERS)[number];

/** Values of one section as they were written: text, or what a file or code holds. */
export type WrittenValues = Readonly<Record<string, unknown>>;

/** One source of settings, nothing of it read or checked yet. */
export interface ConfigLayer {
  readonly layer: Exclude<ConfigLayerName, "default">;
  readonly queuePrefix?: unknown;
  readonly broker?: unknown;
  readonly results?: unknown;
  readonly release?: unknown;
  readonly monitor?: unknown;
  readonly monitorStrict?: unknown;
  readonly allowLocalResults?: unknown;
  /** Section `worker`, by written key (`lease`, not `leaseMs`). */
  readonly worker?: unknown;
  /** Sections `tasks.<name>` and `tasks.DEFAULT`. */
  readonly tasks?: unknown;
  /** Where a value was written (`worker.lease` → `jobs.yaml:3`, `JOBS_WORKER_LEASE`, `--lease`), for messages. */
  where?(path: string): string | undefined;
  /** Under which key of `tasks` a task's section stands, where names cannot be written as they are. */
  taskKey?(task: string): string;
  /** What the source itself has to say, e.g. variables it did not understand. */
  readonly warnings?: readonly string[];
}
