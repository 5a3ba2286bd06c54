import Table from "cli-table3";
import { printable } from "./printable.ts";

/** How a column is set. */
export interface Column {
  readonly title: string;
  /** Default `left`. */
  readonly align?: "left" | "right";
}

/** No borders, two spaces between columns: easy to read, and easy to cut with other tools. */
const PLAIN = Object.fromEntries(
  [
    "top",
    "top-mid",
    "top-left",
    "top-right",
    "bottom",
    "bottom-mid",
    "bottom-left",
    "bottom-right",
    "left",
    "left-mid",
    "mid",
    "mid-mid",
    "right",
    "right-mid",
    "middle",
  ].map((part) => [part, ""]),
);

/** Lines of a plain table with titles in capitals. Cells are made printable. */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const table = new Table({
    chars: PLAIN,
    head: columns.map((column) => column.title.toUpperCase()),
    colAligns: columns.map((column) => column.align ?? "left"),
    style: { head: [], border: [], "padding-left": 0, "padding-right": 2 },
  });
  for (const row of rows) table.push(row.map(printable));
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd());
}
