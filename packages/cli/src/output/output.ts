import { printable, printableJson } from "./printable.ts";
import { dataStream, writeNow } from "./write-now.ts";

/** Where a command writes: data on stdout, words about it on stderr. */
export interface Output {
  /** Whether the reader is a program: `--json`. */
  readonly isJson: boolean;
  /** Whether a person watches stdout. */
  readonly isTerminal: boolean;
  /** One line of data for people. Left out in JSON mode. Data in it must be {@link printable}. */
  line(text?: string): void;
  /** One JSON document on one line, whatever the mode. */
  json(value: unknown): void;
  /** A sentence for the person at the terminal, on stderr; also in JSON mode. */
  note(text: string): void;
  /** Text as it is, on stdout. */
  raw(text: string): void;
}

/** The output of this process. */
export function createOutput(isJson: boolean): Output {
  return {
    isJson,
    get isTerminal() {
      return !isJson && dataStream().isTTY === true;
    },
    line(text = "") {
      if (!isJson) writeNow(1, `${text}\n`);
    },
    json: (value) => writeNow(1, `${printableJson(value)}\n`),
    note: (text) => writeNow(2, `${printable(text)}\n`),
    raw: (text) => writeNow(1, text),
  };
}
