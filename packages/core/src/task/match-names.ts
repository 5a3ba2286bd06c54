import type { SignatureIssue } from "../errors/contract-errors.ts";
import { didYouMean } from "../options/did-you-mean.ts";
import { jsonPointer } from "./issue-words.ts";
import type { Signature, SignatureParam } from "./signature.ts";

/** Named parameters before their values are checked. */
export type Values = Readonly<Record<string, unknown>>;

/** Parameters of the right names, or every name that is missing or unexpected. */
export type MatchedNames =
  | { readonly status: "ok"; readonly values: Values }
  | { readonly status: "refused"; readonly issues: readonly SignatureIssue[] };

/**
 * Compares the names given with those declared. A name that holds `undefined` counts as left out, which is what JSON
 * makes of it. With `dropsUnknown`, undeclared names are left out of the result instead of refused.
 */
export function matchNames(signature: Signature, given: Values, dropsUnknown: boolean): MatchedNames {
  if (hasExactNames(signature, given)) return { status: "ok", values: given };
  const names = signature.params.map((param) => param.name);
  const present = names.filter((name) => given[name] !== undefined);
  const unknown = dropsUnknown ? [] : Object.keys(given).filter((name) => !names.includes(name));
  const issues = findNameIssues(signature, [...present, ...unknown]);
  if (issues.length > 0) return { status: "refused", issues };
  return { status: "ok", values: Object.fromEntries(present.map((name) => [name, given[name]])) };
}

/** The common case, decided without building anything. */
function hasExactNames({ params }: Signature, given: Values): boolean {
  let present = 0;
  // The engine makes an object for each step through a frozen list, but not for its indexes.
  for (let index = 0; index < params.length; index++) {
    const param = params[index] as SignatureParam;
    if (given[param.name] !== undefined) present++;
    else if (!param.isOptional) return false;
  }
  for (const name in given) if (Object.hasOwn(given, name)) present--;
  return present === 0;
}

/** More unexpected names than any person mistypes; a list of a million would only cost time. */
const MAX_UNEXPECTED = 100;

/** What is wrong with a list of names; empty when it fits. Values play no part, so nothing is read from them. */
export function findNameIssues(signature: Signature, given: readonly string[]): readonly SignatureIssue[] {
  const isGiven = new Set(given);
  const absent = signature.params.filter((param) => !isGiven.has(param.name));
  const declared = new Set(signature.params.map((param) => param.name));
  const unexpected = given.filter((name) => !declared.has(name)).slice(0, MAX_UNEXPECTED);
  // A name that was given cannot be what another one was meant to be.
  const free = absent.map((param) => param.name);
  const missing = absent.filter((param) => !param.isOptional).map((param) => param.name);
  // One name too many and one too few: whatever they look like, the one was meant to be the other.
  const counterpart = missing.length === 1 && unexpected.length === 1 ? missing[0] : undefined;
  return [
    ...missing.map(missingIssue),
    ...unexpected.map((name) => unexpectedIssue(name, didYouMean(name, free) ?? counterpart)),
  ];
}

function missingIssue(name: string): SignatureIssue {
  return { path: jsonPointer([name]), kind: "missing" };
}

function unexpectedIssue(name: string, suggestion: string | undefined): SignatureIssue {
  const issue = { path: jsonPointer([name]), kind: "unexpected" } as const;
  return suggestion === undefined ? issue : { ...issue, suggestion };
}
