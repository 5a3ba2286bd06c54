import type { SqlValue } from "../driver/connection.ts";
import type { Sql } from "./shared-connection.ts";

/** A statement about rows chosen by their numbers. Its other parameters count from `?3`. */
export interface RowsBySeq {
  readonly ofRange: string;
  readonly ofList: string;
}

/** Writes the statement around `where`, which chooses the rows. */
export function rowsBySeq(around: (where: string) => string): RowsBySeq {
  return {
    ofRange: around("seq BETWEEN ?1 AND ?2"),
    ofList: around("seq IN (SELECT value FROM json_each(?1))"),
  };
}

/**
 * Runs the statement for these rows; returns how many it changed. Rows without a gap are a fifth cheaper, since they
 * need no list. Most batches have no gap.
 */
export function runOnRows(
  sql: Sql,
  statement: RowsBySeq,
  seqs: readonly number[],
  values: readonly SqlValue[],
): number {
  const [first = 0] = seqs;
  if (seqs.every((seq, index) => seq === first + index)) {
    return sql.run(statement.ofRange, first, first + seqs.length - 1, ...values);
  }
  return sql.run(statement.ofList, `[${seqs.join()}]`, null, ...values);
}
