/**
 * The most rows in one statement. Up to this number larger statements save time, since the driver is called less
 * often. The text for each number of rows is compiled once.
 */
export const ROWS_PER_STATEMENT = 8;

/** A statement that writes several rows of a kind. */
export interface RowStatement {
  /** Number of parameters that all rows share; they come first. */
  readonly shared: number;
  /** Number of parameters of each row; they follow, row after row. */
  readonly own: number;
  /** SQL of one row, whose own parameters are numbered from `first`. */
  row(first: number): string;
  /** SQL of the statement around the rows. */
  around(rows: string): string;
}

/** Returns the text of a statement for a number of rows, always the same text for the same number. */
export function textByRows({ shared, own, row, around }: RowStatement): (rows: number) => string {
  const texts: string[] = [];
  const write = (rows: number) =>
    around(Array.from({ length: rows }, (_, index) => row(shared + 1 + index * own)).join(", "));
  return (rows) => {
    texts[rows] ??= write(rows);
    return texts[rows];
  };
}
