/** A line in the accounts of one shop. */
export interface Entry {
  readonly shop: string;
  readonly text: string;
}

/** A minimal store of an application. It stores all lines of a unit of work, or none of them. */
export class Warehouse {
  readonly #books: Entry[] = [];
  #openUnits = 0;

  /** The committed lines. */
  get books(): readonly Entry[] {
    return this.#books;
  }

  /** Open units of work. In a real store each one occupies a connection. */
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

/** The writes of one job. Others see them only after `commit`. */
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

  /** Releases the connection and discards lines that were not committed. */
  close(): void {
    this.#connection.close();
  }
}
