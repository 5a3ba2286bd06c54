/** Notes that are not written yet. A settlement waits for them, since it ends the lease that they need. */
export class NotesInFlight {
  readonly #notes = new Set<Promise<unknown>>();

  /** Resolves when the note is written. */
  async add(note: Promise<unknown>): Promise<void> {
    const written = note.finally(() => this.#notes.delete(written));
    this.#notes.add(written);
    await written;
  }

  /** Resolves when all have ended, also with an error; `undefined` without any, so that nobody waits. */
  ended(): Promise<unknown> | undefined {
    return this.#notes.size === 0 ? undefined : Promise.allSettled(this.#notes);
  }
}
