import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { SignatureIssue } from "../errors/contract-errors.ts";
import { jsonPointer, typeWord } from "./issue-words.ts";

/** Issues a schema reports, in our words and without any value of the job: those may be secret. */
export function schemaIssues(
  values: Readonly<Record<string, unknown>>,
  issues: readonly StandardSchemaV1.Issue[],
): readonly SignatureIssue[] {
  const secrets = leafTexts(values);
  return issues.map((issue) => {
    const path = (issue.path ?? []).map((step) => (typeof step === "object" ? step.key : step));
    return {
      path: jsonPointer(path),
      kind: "invalid",
      expected: expectation(issue.message, secrets),
      got: typeWord(valueAt(values, path)),
    };
  });
}

/** Longer messages carry data, not an expectation. */
const MAX_MESSAGE = 300;

/**
 * What the message expects. Libraries differ: `expected number, received string`, `must be a number (was "x")`,
 * `Expected number but received "x"`. What came instead is cut off, and a message that still quotes a value is not used.
 */
function expectation(message: string, secrets: readonly string[]): string {
  const text = withoutReceived(message.slice(0, MAX_MESSAGE));
  if (secrets.some((secret) => quotes(text, secret))) return "valid";
  const stated = /\bmust be (.+)$/s.exec(text) ?? /^Invalid [a-z]+: expected (.+)$/is.exec(text);
  return stated?.[1] ?? `valid (${text})`;
}

function withoutReceived(text: string): string {
  const cut = text.search(/,? (?:but )?received | \(was /);
  return cut === -1 ? text : text.slice(0, cut);
}

/** Short values are part of many words, so they only count when they stand alone. */
const SHORT = 4;

function quotes(text: string, secret: string): boolean {
  if (secret.length >= SHORT) return text.includes(secret);
  return text.split(/[^\p{L}\p{N}_.+-]+/u).includes(secret);
}

/** How many leaves are compared with a message: enough for real parameters, bounded for huge ones. */
const MAX_LEAVES = 10_000;

function leafTexts(root: unknown): readonly string[] {
  const texts: string[] = [];
  const open: unknown[] = [root];
  while (open.length > 0 && texts.length < MAX_LEAVES) {
    const value = open.pop();
    if (typeof value === "object" && value !== null)
      open.push(...Object.keys(value), ...Object.values(value));
    else if (value !== null && value !== "") texts.push(String(value));
  }
  return texts;
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}
