import type { JsonObject, JsonValue } from "../envelope/envelope.ts";
import { ConfigError } from "../errors/config-errors.ts";
import type { SignatureIssue } from "../errors/contract-errors.ts";
import { didYouMean } from "../options/did-you-mean.ts";
import { isObject } from "../options/is-object.ts";
import { typeWord } from "../options/type-word.ts";
import { createSignature } from "./create-signature.ts";
import { jsonPointer } from "./issue-words.ts";
import {
  type CheckedValues,
  issuesOf,
  type ParamKind,
  type Signature,
  type SignatureParam,
} from "./signature.ts";

/** The types of the built-in words, the same at enqueue and in the handler. */
export interface WordTypes {
  string: string;
  /** Finite, since JSON has no other numbers. */
  number: number;
  integer: number;
  boolean: boolean;
  object: JsonObject;
  array: readonly JsonValue[];
  any: JsonValue;
}

/** A built-in word for the type of a parameter. */
export type ParamWord = keyof WordTypes;

/** Parameters by name, each with a word, and `?` after it for an optional one. */
export type ParamWords = { readonly [name: string]: ParamWord | `${ParamWord}?` };

/** Names of parameters, with `?` after optional ones. They accept any JSON value. */
export type ParamNames = readonly string[];

type Test = (value: unknown) => boolean;

const TESTS: Readonly<Record<ParamWord, Test>> = {
  string: (value) => typeof value === "string",
  number: (value) => typeof value === "number",
  integer: (value) => Number.isInteger(value),
  boolean: (value) => typeof value === "boolean",
  object: isObject,
  array: (value) => Array.isArray(value),
  any: () => true,
};

/** Makes a signature of built-in words. @throws ConfigError naming `where` and the word or name that cannot be used. */
export function signatureOfWords(where: string, words: ParamWords): Signature {
  return wordSignature(
    where,
    Object.entries(words).map(([name, word]) => readWord(where, name, word)),
  );
}

/** Makes a signature of names alone. @throws ConfigError naming `where` and the name that cannot be used. */
export function signatureOfNames(where: string, names: ParamNames): Signature {
  return wordSignature(
    where,
    names.map((entry: unknown) => {
      if (typeof entry === "string") return { ...splitOptional(entry), kind: "any" };
      throw new ConfigError(`${where}: a list of parameters holds names only, got ${typeWord(entry)}.`, {
        hint: 'Write ["file", "dry_run?"].',
      });
    }),
  );
}

function readWord(where: string, name: string, written: unknown): SignatureParam {
  const { name: word, isOptional } = splitOptional(typeof written === "string" ? written : "");
  if (Object.hasOwn(TESTS, word)) return { name, isOptional, kind: word as ParamWord };
  const known = Object.keys(TESTS);
  const meant = didYouMean(word, known);
  const found = typeof written === "string" ? `"${written}"` : typeWord(written);
  throw new ConfigError(`${where}: parameter "${name}" has the unknown type ${found}.`, {
    hint:
      meant === undefined
        ? `Use one of ${known.join(", ")}, with ? when optional.`
        : `Did you mean "${meant}"?`,
  });
}

function splitOptional(text: string): { name: string; isOptional: boolean } {
  return text.endsWith("?")
    ? { name: text.slice(0, -1), isOptional: true }
    : { name: text, isOptional: false };
}

function wordSignature(where: string, params: readonly SignatureParam[]): Signature {
  const names = params.map((param) => param.name);
  const kinds = params.map((param) => param.kind);
  const tests = params.map((param) => testOf(param.kind));
  const check = (values: Readonly<Record<string, unknown>>): CheckedValues => {
    let issues: SignatureIssue[] | undefined;
    for (let i = 0; i < names.length; i++) {
      const name = names[i] as string;
      const value = values[name];
      if (value === undefined || tests[i]?.(value) === true) continue;
      issues ??= [];
      issues.push({
        path: jsonPointer([name]),
        kind: "invalid",
        expected: kinds[i] as string,
        got: typeWord(value),
      });
    }
    return issues === undefined ? ok(values) : { status: "refused", issues };
  };
  // Each parameter is checked alone, so no later value can change an issue.
  return createSignature(where, params, {
    schema: toSchema(params),
    check,
    checkKnown: (values) => issuesOf(check(values)),
  });
}

function toSchema(params: readonly SignatureParam[]): Signature["schema"] {
  return {
    type: "object",
    properties: Object.fromEntries(
      params.map(({ name, kind }) => [name, kind === "any" ? {} : { type: kind }]),
    ),
    required: params.filter(({ isOptional }) => !isOptional).map(({ name }) => name),
  };
}

function testOf(kind: ParamKind): Test {
  return Object.hasOwn(TESTS, kind) ? TESTS[kind as ParamWord] : TESTS.any;
}

function ok(value: Readonly<Record<string, unknown>>): CheckedValues {
  return { status: "ok", value };
}
