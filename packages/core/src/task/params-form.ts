import type { Signature } from "./signature.ts";

/** One form of a task's parameters. A task is its own newest form. */
export interface ParamsForm {
  /** The task's name. */
  readonly name: string;
  readonly signature: Signature;
  /** Only in an earlier form. */
  readonly version?: number | undefined;
}

/** A form in words: `resize(file, width?)`. */
export function formText({ name, signature, version }: ParamsForm): string {
  return `${name}(${signature.text})${version === undefined ? "" : `, version ${version}`}`;
}

/** An earlier form, and the steps to and from the next one. */
export interface OldForm extends ParamsForm {
  readonly version: number;
  /** Returns the parameters of the next version. */
  readonly up: (old: unknown) => unknown;
  /** Returns parameters of this version from those of the next one; left out where the task cannot step back. */
  readonly down?: (params: unknown) => unknown;
}

/** The versions of a task besides the newest. */
export interface TaskVersions {
  readonly current: number;
  /** From the newest to the oldest, without a gap. */
  readonly old: readonly OldForm[];
}
