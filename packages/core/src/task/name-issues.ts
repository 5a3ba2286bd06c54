import type { SignatureIssue } from "../errors/contract-errors.ts";
import { didYouMean } from "../options/did-you-mean.ts";
import { jsonPointer } from "./issue-words.ts";
import type { Signature } from "./signature.ts";

/** More unexpected names are not typing errors, and a list of a million would take time. */
const MAX_UNEXPECTED = 100;

/** The issues of a list of names; empty when all are correct. It reads no values. */
export function findNameIssues(signature: Signature, given: readonly string[]): readonly SignatureIssue[] {
  const isGiven = new Set(given);
  const absent = signature.params.filter((param) => !isGiven.has(param.name));
  const declared = new Set(signature.params.map((param) => param.name));
  const unexpected = given.filter((name) => !declared.has(name)).slice(0, MAX_UNEXPECTED);
  // A given name cannot be the suggestion for another one.
  const free = absent.map((param) => param.name);
  const missing = absent.filter((param) => !param.isOptional).map((param) => param.name);
  // With one unexpected and one missing name, the first was probably intended as the second.
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
