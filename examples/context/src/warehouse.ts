/** A line in the books of one shop. */
export interface Entry {
  readonly shop: string;
  readonly text: string;
}

/** The application's store, as small as it can be: it takes the lines of a unit of work together, or none of them. */
export class Warehouse {
  readonly #books: Entry[] = [];
  #openUnits = 0;

  /** What was committed. */
  get books(): readonly Entry[] {
    return this.#books;
  }

  /** Units that were opened and not closed yet: connections that are missing elsewhere. */
  get openUnits(): number {
    return this.#openUnits;
  }

  open(shop: string): UnitOfWork {
    this.#openUnits++;
    return new UnitOfWork(shop, {
      commit: (entries) => void this.#books.push(...entries),
      close: () => void this.#openUnits--,
    });
  }
}

interface Connection {
  commit(entries: readonly Entry[]): void;
  close(): void;
}

/** What one job writes. Nothing of it is seen by others before `commit`. */
export class UnitOfWork {
  readonly shop: string;
  readonly #connection: Connection;
  #entries: Entry[] = [];

  constructor(shop: string, connection: Connection) {
    this.shop = shop;
    this.#connection = connection;
  }

  write(text: string): void {
    this.#entries.push({ shop: this.shop, text });
  }

  commit(): void {
    this.#connection.commit(this.#entries);
    this.#entries = [];
  }

  /** Gives the connection back; what was not committed is forgotten. */
  close(): void {
    this.#connection.close();
  }
}
