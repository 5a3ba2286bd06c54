import type { EnqueueItem } from "@jobs/core";
import { didYouMean, isObject } from "@jobs/core/runtime";
import { readJson } from "../input/read-json.ts";
import type { ReadText } from "../input/read-text.ts";

/** A line of a batch: a job, or the reason why it is not one. */
export type ParsedLine =
  | { readonly status: "ok"; readonly item: EnqueueItem }
  | { readonly status: "refused"; readonly code: "malformed_line"; readonly message: string };

/** The fields of a line, with their types. */
const FIELDS: Readonly<Record<string, "string" | "number" | "object" | "list">> = {
  task: "string",
  params: "object",
  queue: "string",
  domain: "string",
  delayMs: "number",
  priority: "number",
  id: "string",
  groupKey: "string",
  maxAttempts: "number",
  expiresInMs: "number",
  tags: "list",
};

/**
 * Reads
 * `{"task","params","queue"?,"domain"?,"delayMs"?,"priority"?,"id"?,"groupKey"?,"maxAttempts"?,"expiresInMs"?,"tags"?}`.
 * Errors never quote the line, which may hold secrets.
 */
export function parseLine(line: ReadText): ParsedLine {
  if (line.status === "refused") return refused(`the line cannot be read: ${line.reason}.`);
  const read = readJson(line.text);
  if (read.status === "refused") return refused(`the line cannot be read: ${read.reason}.`);
  const { value } = read;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return refused('the line must be an object: {"task": "my_task", "params": {}}.');
  }
  return readFields(value as Readonly<Record<string, unknown>>);
}

function readFields(fields: Readonly<Record<string, unknown>>): ParsedLine {
  for (const [field, value] of Object.entries(fields)) {
    const expected = Object.hasOwn(FIELDS, field) ? FIELDS[field] : undefined;
    if (expected === undefined) return refused(unknownField(field));
    if (!isOfType(value, expected))
      return refused(`${field} must be ${expected === "object" ? "an" : "a"} ${expected}.`);
  }
  const { task, params = {}, ...options } = fields;
  if (typeof task !== "string") return refused("task is missing.");
  return { status: "ok", item: [task, params, options] };
}

function isOfType(value: unknown, expected: "string" | "number" | "object" | "list"): boolean {
  if (expected === "list") return Array.isArray(value);
  if (expected !== "object") return typeof value === expected;
  return isObject(value);
}

function unknownField(field: string): string {
  const suggestion = didYouMean(field, Object.keys(FIELDS));
  const name = JSON.stringify(field.slice(0, 40));
  return `${name} is not a field of a line.${suggestion === undefined ? "" : ` Did you mean ${suggestion}?`}`;
}

function refused(message: string): ParsedLine {
  return { status: "refused", code: "malformed_line", message };
}
