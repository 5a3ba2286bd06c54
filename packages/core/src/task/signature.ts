import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { SignatureIssue } from "../errors/contract-errors.ts";

/** The type of a parameter in one word, for the command line and the readable signature. */
export type ParamKind =
  | "string"
  | "number"
  | "integer"
  | "boolean"
  | "null"
  | "enum"
  | "array"
  | "object"
  | "any";

/** One named parameter. */
export interface SignatureParam {
  readonly name: string;
  readonly isOptional: boolean;
  readonly kind: ParamKind;
  /** The allowed values when `kind` is `enum`. */
  readonly values?: readonly (string | number | boolean | null)[];
}

/** The result of a check of values: the handler's input, or all issues. */
export type CheckedValues =
  | { readonly status: "ok"; readonly value: unknown }
  | { readonly status: "refused"; readonly issues: readonly SignatureIssue[] };

/** All issues of a check; none when it accepted the values. */
export function issuesOf(checked: CheckedValues): readonly SignatureIssue[] {
  return checked.status === "refused" ? checked.issues : [];
}

/** A task's parameter names and types, from any form. */
export interface Signature {
  /** In the order of declaration. */
  readonly params: readonly SignatureParam[];
  /**
   * Sorted names, optional ones with `?`, joined by `,`; over 200 characters `sha256:` + 16 hex digits. It is `sig` in
   * the envelope.
   */
  readonly fingerprint: string;
  /** The same for people, in the order of declaration: `a, b?`. */
  readonly text: string;
  /** The schema that it was made of, for programs that compare or convert it. Words and names are JSON Schema here. */
  readonly schema: StandardSchemaV1 | Readonly<Record<string, unknown>>;
  /** Checks the values of parameters with correct names. A schema with asynchronous rules returns a promise. */
  check(params: Readonly<Record<string, unknown>>): CheckedValues | Promise<CheckedValues>;
  /**
   * The issues of the known values that no `later` value can remove. A rule over several parameters is left to
   * `check`, where it may need a later one.
   */
  checkKnown(
    params: Readonly<Record<string, unknown>>,
    later: readonly string[],
  ): readonly SignatureIssue[] | Promise<readonly SignatureIssue[]>;
}
