import { isError } from "@jobs/core/runtime";

/** An error that Redis has answered with. */
export interface RedisAnswer {
  /** Its first word, such as `READONLY`. Most answers without a word of their own begin with `ERR`. */
  readonly word: string;
  /** Its word, or one of {@link MEANINGS} where the word is `ERR`. */
  readonly code: string;
  /** The command that it is about, if it names one. */
  readonly command: string | undefined;
}

/** Codes for answers that have none, by their texts. */
const MEANINGS: readonly (readonly [text: RegExp, code: string])[] = [
  [/^ERR max number of clients/, "MAXCLIENTS"],
  [/^ERR (?:The user executing the script can't|ACL failure in script)/, "NOPERM"],
  [/^ERR Script attempted to access (?:a non local key|keys that do not hash)/, "MOVED"],
  [/^ERR No such master/, "NOPRIMARY"],
  [/^ERR unknown command [`']?sentinel/i, "NOSENTINEL"],
  [/^ERR unknown (?:sub)?command/, "UNKNOWN"],
  [/^ERR This instance has cluster support disabled/, "NOCLUSTER"],
];

/** The driver quotes the last answer of the Sentinels, or of a cluster, at the end of an error of its own. */
const OF_SENTINELS = "All sentinels are unreachable";
const OF_CLUSTER = "Too many Cluster redirections";
const LAST_ANSWER = /Last error: (?:ReplyError: )?/;

/** What Redis has answered; `undefined` for an error of the connection or of the driver. */
export function answerOf(error: unknown): RedisAnswer | undefined {
  const text = answerText(error);
  if (text === undefined) return undefined;
  const word = /^[A-Z]+/.exec(text)?.[0] ?? "ERR";
  const code = MEANINGS.find(([pattern]) => pattern.test(text))?.[1] ?? word;
  return { word, code, command: commandIn(text) };
}

/** The code of an answer, see {@link RedisAnswer.code}. */
export function answerCode(error: unknown): string | undefined {
  return answerOf(error)?.code;
}

/** Whether neither a Sentinel nor a node of a cluster could be connected to. The driver has then tried all of them. */
export function isNobodyThere(error: unknown): boolean {
  if (!isError(error)) return false;
  const { lastNodeError } = error as LinkError;
  const last = error.message.startsWith(OF_SENTINELS) ? error : lastNodeError;
  return isError(last) && last.message.endsWith("Connection is closed.");
}

/**
 * Removes what the driver and Redis quote of a command: passwords, and bodies of jobs. The driver adds the whole command
 * to its errors. Redis quotes the arguments of a command that it does not know.
 */
export function forgetArguments(error: unknown): void {
  if (!isError(error)) return;
  if ("command" in error) Reflect.deleteProperty(error, "command");
  for (const field of ["message", "stack"] as const) {
    const text = error[field];
    if (text?.includes(QUOTE)) Reflect.set(error, field, text.split("\n").map(withoutQuote).join("\n"));
  }
  forgetArguments((error as LinkError).lastNodeError);
}

const QUOTE = ", with args beginning with:";

/** The driver's error for a cluster has the error of the last node that it tried. */
interface LinkError extends Error {
  readonly lastNodeError?: unknown;
}

function answerText(error: unknown): string | undefined {
  if (!isError(error)) return undefined;
  if (error.name === "ReplyError") return error.message;
  if (error.message.startsWith(OF_SENTINELS) || error.message.startsWith(OF_CLUSTER)) {
    const [, answer = ""] = error.message.split(LAST_ANSWER);
    return /^[A-Z]+ /.test(answer) ? answer : undefined;
  }
  return answerText((error as LinkError).lastNodeError);
}

/** The command that a text is about. Other words in quotes may be names of keys. */
function commandIn(text: string): string | undefined {
  const [before = "", name, after = ""] = text.split(/[`']/);
  return before.endsWith("command ") || after.startsWith(" command") ? name : undefined;
}

/** A line without the arguments that it quotes at its end. */
function withoutQuote(line: string): string {
  return line.split(QUOTE, 1)[0] ?? "";
}
