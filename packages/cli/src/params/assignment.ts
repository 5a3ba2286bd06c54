import { CliError } from "../output/cli-error.ts";

/** One `k=v` of a command line, taken apart but not typed. */
export interface Assignment {
  readonly name: string;
  /** `k=v` text to be typed by the signature, or `k:=v` JSON whatever the signature says. */
  readonly form: "text" | "json";
  /** `k[]=v` appends to a list. */
  readonly isItem: boolean;
  readonly written: string;
}

/** The name ends at the first of `=`, `:=`, `[]=`, `[]:=`; what follows is the value, whatever it holds. */
const FORM = /^(?<name>[^=:[\]]+)(?<item>\[\])?(?<json>:)?=(?<written>[\s\S]*)$/;

/** Names that would reach into objects instead of naming a parameter (F65). */
const FORBIDDEN = new Set(["__proto__", "constructor", "prototype"]);

/**
 * Takes one argument apart.
 * @throws CliError `usage` for anything but an assignment, so a stray word never becomes a parameter; `refused` for a
 * name that no parameter may have.
 */
export function parseAssignment(argument: string): Assignment {
  const { name, item, json, written = "" } = FORM.exec(argument)?.groups ?? {};
  if (name === undefined) {
    throw new CliError("usage", `"${shorten(argument)}" is not a parameter.`, {
      hint: "Write parameters as name=value, name[]=item or name:=JSON.",
    });
  }
  if (FORBIDDEN.has(name)) throw new CliError("refused", `${name} cannot be the name of a parameter.`);
  return { name, form: json === undefined ? "text" : "json", isItem: item !== undefined, written };
}

const LONGEST_SHOWN = 40;

/** Only the start, up to a sign that a value may begin: what follows may be secret. */
function shorten(argument: string): string {
  const start = argument.split(/[=:]/)[0] ?? "";
  return start.length <= LONGEST_SHOWN ? start : `${start.slice(0, LONGEST_SHOWN)}…`;
}
