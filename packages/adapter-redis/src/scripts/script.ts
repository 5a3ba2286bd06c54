import { createHash } from "node:crypto";

/** A script that Redis runs as one step. */
export interface Script {
  readonly text: string;
  /** The digest by which Redis knows a script that it has run before. */
  readonly sha: string;
}

/** A script made of parts: definitions first, its commands last. */
export function defineScript(...parts: readonly string[]): Script {
  const text = parts.join("\n");
  return { text, sha: createHash("sha1").update(text).digest("hex") };
}
