/** Notes of jobs on their way to Redis. A settlement goes after them, since it ends the lease that they need. */
export class NotesInFlight {
  readonly #notes = new Set<Promise<unknown>>();

  /** Resolves when the note is written. */
  async add(note: Promise<unknown>): Promise<void> {
    const written = note.finally(() => this.#notes.delete(written));
    this.#notes.add(written);
    await written;
  }

  /** Resolves when all have ended, however; `undefined` without any, so that nothing is waited for. */
  ended(): Promise<unknown> | undefined {
    return this.#notes.size === 0 ? undefined : Promise.allSettled(this.#notes);
  }
}
