import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { SignatureIssue } from "../errors/contract-errors.ts";
import { typeWord } from "../options/type-word.ts";
import { jsonPointer } from "./issue-words.ts";

/** Converts the issues of a schema, without values of the job, which may be secret. */
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
      expected: withoutSecrets(expectation(issue.message), secrets),
      got: typeWord(valueAt(values, path)),
    };
  });
}

/** Longer messages contain data instead of an expectation. */
const MAX_MESSAGE = 300;

/**
 * The expectation in a message. Libraries differ: `Invalid input: expected number, received string`, `n must be a
 * number (was "x")`, `Invalid type: Expected number but received "x"`. The part about the given value is removed.
 */
function expectation(message: string): string {
  const whole = message.slice(0, MAX_MESSAGE);
  const received = whole.search(/[:,]? (?:but )?received | \(was /i);
  const text = received === -1 ? whole : whole.slice(0, received);
  const stated =
    /\bmust be (.+)$/s.exec(text) ?? /^Invalid (?:input|option|type): expected (.+)$/is.exec(text);
  return stated?.[1] ?? `valid (${text})`;
}

/** Drops an expectation that still quotes a value of the job. */
function withoutSecrets(expected: string, secrets: readonly string[]): string {
  return secrets.some((secret) => quotes(expected, secret)) ? "valid" : expected;
}

/** Shorter values occur in many words, so they only count as whole words. */
const MIN_PART = 4;

/** Messages may shorten or escape a quoted value, so its beginning is compared. */
const MAX_PART = 8;

function quotes(text: string, secret: string): boolean {
  if (secret.length < MIN_PART) return text.split(/[^\p{L}\p{N}_.+-]+/u).includes(secret);
  const escaped = JSON.stringify(secret).slice(1, -1);
  return text.includes(secret.slice(0, MAX_PART)) || text.includes(escaped.slice(0, MAX_PART));
}

/** The most values that are compared with a message: enough for real parameters, limited for huge ones. */
const MAX_LEAVES = 10_000;

function leafTexts(root: unknown): readonly string[] {
  const texts: string[] = [];
  const open: unknown[] = [root];
  while (open.length > 0 && texts.length < MAX_LEAVES) {
    const value = open.pop();
    if (typeof value === "object" && value !== null)
      for (const member of Object.values(value)) open.push(member);
    else if (value !== null && value !== "" && typeof value !== "boolean") texts.push(String(value));
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
