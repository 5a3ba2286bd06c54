import { createHash } from "node:crypto";

/** A program that Redis runs as one step. */
export interface Script {
  readonly text: string;
  /** By which Redis knows a program that it has run before. */
  readonly sha: string;
}

/** A program made of parts: definitions first, what it does last. */
export function defineScript(...parts: readonly string[]): Script {
  const text = parts.join("\n");
  return { text, sha: createHash("sha1").update(text).digest("hex") };
}
