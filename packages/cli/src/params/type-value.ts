import { isObject } from "@jobs/core/runtime";
import type { SignatureParam } from "@jobs/core/task";
import { readJson } from "../input/read-json.ts";
import { CliError } from "../output/cli-error.ts";

/**
 * Types the text of `k=v` by what the signature declares. Text of another type stays text: the task's check then
 * refuses it together with all other errors. @throws CliError `refused` for a number that is too large to be exact and
 * for JSON that parsing would change
 */
export function typeValue(text: string, param: SignatureParam | undefined): unknown {
  switch (param?.kind) {
    case "string":
      return text;
    case "number":
      return strictNumber(text, param.name) ?? text;
    case "integer":
      return /^-?\d+$/.test(text) ? (strictNumber(text, param.name) ?? text) : text;
    case "boolean":
      return text === "true" || text === "false" ? text === "true" : text;
    case "null":
      return text === "null" ? null : text;
    case "enum":
      return enumValue(text, param);
    case "array":
    case "object":
      return parsedAs(param.kind, text, param.name);
    default:
      return sameScalar(text);
  }
}

/** JSON's own form of a number, without the other texts that `Number()` accepts: `0x1f`, ` 5 `, ``, `1_000`. */
const JSON_NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

/** @throws CliError `refused` for a number out of range: as text, it would be refused for a wrong reason. */
function strictNumber(text: string, name: string): number | undefined {
  const number = Number(text);
  if (!JSON_NUMBER.test(text) || Object.is(number, -0)) return undefined;
  const isExact = /^-?\d+$/.test(text) ? Number.isSafeInteger(number) : Number.isFinite(number);
  if (isExact) return number;
  throw new CliError("refused", `the value of ${name} is a number that is too large to be exact.`, {
    hint: `Use a number from ${Number.MIN_SAFE_INTEGER} to ${Number.MAX_SAFE_INTEGER}, or declare the parameter as a string.`,
  });
}

function enumValue(text: string, { values = [] }: SignatureParam): unknown {
  const exact = values.find((value) => value === text);
  if (exact !== undefined) return exact;
  const match = values.find((value) => String(value) === text);
  return match === undefined ? text : match;
}

/** @throws CliError `refused` for JSON that parsing would change: as text, it would be refused with a wrong reason. */
function parsedAs(kind: "array" | "object", text: string, name: string): unknown {
  const read = readJson(text);
  if (read.status === "refused") {
    if (!read.isJson) return text;
    throw new CliError("refused", `the value of ${name} is not usable JSON: ${read.reason}.`, {
      hint: "Write each key once, and a number that is too long as a text.",
    });
  }
  const isRight = kind === "array" ? Array.isArray(read.value) : isObject(read.value);
  return isRight ? read.value : text;
}

/**
 * Without a declared type: a JSON scalar that is formatted as the same text is that scalar (`1`, `true`, `null`,
 * `1.5`). Everything else is text. So `01234`, `1e5` and `v1.10` keep every character.
 */
function sameScalar(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    const isScalar = value === null || typeof value === "number" || typeof value === "boolean";
    return isScalar && JSON.stringify(value) === text ? value : text;
  } catch {
    return text;
  }
}
