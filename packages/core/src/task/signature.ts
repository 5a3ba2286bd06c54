import type { SignatureIssue } from "../errors/contract-errors.ts";

/** What a parameter holds, in one word: drives typing on the command line and the readable signature. */
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

/** The outcome of checking values: the handler's input, or every reason against it. */
export type CheckedValues =
  | { readonly status: "ok"; readonly value: unknown }
  | { readonly status: "refused"; readonly issues: readonly SignatureIssue[] };

/** A task's parameter names and types, whichever form they were written in. */
export interface Signature {
  /** In the order of declaration. */
  readonly params: readonly SignatureParam[];
  /** Sorted names, optional ones with `?`, joined by `,`; over 200 characters `sha256:` + 16 hex digits. Travels as `sig`. */
  readonly fingerprint: string;
  /** The same for people, in the order of declaration: `a, b?`. */
  readonly text: string;
  /**
   * Checks the values of parameters whose names are right already. Synchronous where the schema is; a schema with
   * asynchronous rules gives a promise.
   */
  check(params: Readonly<Record<string, unknown>>): CheckedValues | Promise<CheckedValues>;
}
