import { existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { LOG_BYTES } from "./open-connection.ts";

/**
 * Room for the write-ahead log to grow to its checkpoint and for the pages that a checkpoint moves into the file: with
 * it, work that is under way can be settled on a full disk.
 */
const BALLAST_BYTES = 2 * LOG_BYTES;

/**
 * A file that only takes up space. It is given up when the disk is full, so that jobs can be settled, and taken back
 * before anything new is stored. Beside the database, so that all processes see whether it is there.
 */
export class ReserveFile {
  readonly #path: string;

  constructor(databasePath: string) {
    this.#path = `${databasePath}-reserve`;
  }

  /** Makes sure the space is held. @throws the system's `ENOSPC` when there is none: the disk is as good as full. */
  hold(): void {
    if (existsSync(this.#path)) return;
    const draft = `${this.#path}.${process.pid}`;
    try {
      // Not zeros: some file systems store those as nothing.
      writeFileSync(draft, Buffer.alloc(BALLAST_BYTES, "jobs keeps this space for a full disk. "));
      renameSync(draft, this.#path);
    } catch (error) {
      rmSync(draft, { force: true });
      throw error;
    }
  }

  /** Gives the space up. `false` when it was given up already. */
  release(): boolean {
    if (!existsSync(this.#path)) return false;
    rmSync(this.#path, { force: true });
    return true;
  }
}
