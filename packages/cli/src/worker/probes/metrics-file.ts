import { renameSync, writeFileSync } from "node:fs";
import type { Logger } from "@jobs/core";
import { repeat, systemClock } from "@jobs/core/runtime";

/** How often the file is written, in ms. */
const WRITE_MS = 10_000;

/** What a {@link keepMetricsFile} needs. */
export interface MetricsFileParts {
  readonly path: string;
  readonly logger: Logger | undefined;
  text(): string;
}

/**
 * Keeps a file for collectors that read text files. Each write replaces the whole file at once, so that readers never
 * see a half one. The returned function writes once more and stops. A file that cannot be written is logged once and
 * never ends a worker.
 */
export function keepMetricsFile({ path, logger, text }: MetricsFileParts): () => void {
  let hasFailed = false;
  const write = () => {
    try {
      writeFileSync(`${path}.${process.pid}`, text());
      renameSync(`${path}.${process.pid}`, path);
      hasFailed = false;
    } catch (error) {
      if (!hasFailed)
        logger?.warn({ err: error, path }, "the metrics file cannot be written; the process goes on");
      hasFailed = true;
    }
  };
  write();
  const stop = repeat(systemClock, WRITE_MS, write);
  return () => {
    stop();
    write();
  };
}
