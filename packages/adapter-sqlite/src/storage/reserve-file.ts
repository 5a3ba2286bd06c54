import { existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { LOG_BYTES } from "./open-connection.ts";

/**
 * Space for the write-ahead log up to its checkpoint, and for the pages that a checkpoint moves into the file. With it,
 * running jobs can be settled on a full disk.
 */
const RESERVED_BYTES = 2 * LOG_BYTES;

/**
 * A file that reserves space. It is deleted when the disk is full, so that jobs can be settled. It is made again before
 * a new job is stored. It is beside the database, so that all processes see whether it exists.
 */
export class ReserveFile {
  readonly #path: string;
  /** The state of the folder in which the file existed. */
  #seenIn: object | undefined;

  constructor(databasePath: string) {
    this.#path = `${databasePath}-reserve`;
  }

  /**
   * Reserves the space. Does nothing when the file existed in this state of the folder, if one is given.
   * @throws the system's `ENOSPC` when the disk has not enough space.
   */
  hold(folder?: object): void {
    if (folder !== undefined && folder === this.#seenIn) return;
    if (existsSync(this.#path)) {
      this.#seenIn = folder;
      return;
    }
    const draft = `${this.#path}.${process.pid}`;
    try {
      // Text instead of zeros, which take no space in some file systems.
      writeFileSync(draft, Buffer.alloc(RESERVED_BYTES, "jobs keeps this space for a full disk. "));
      renameSync(draft, this.#path);
    } catch (error) {
      rmSync(draft, { force: true });
      throw error;
    }
  }

  /** Frees the space. `false` when it was already free. */
  release(): boolean {
    if (!existsSync(this.#path)) return false;
    rmSync(this.#path, { force: true });
    return true;
  }
}
