import { isJobsError } from "@jobs/core";
import { describeThrown, parseJson } from "@jobs/core/runtime";

/** JSON that was read, or why it is not usable. */
export type ReadJson =
  | { readonly status: "ok"; readonly value: unknown }
  /** `isJson`: it is JSON, but reading it would lose or change something. */
  | { readonly status: "refused"; readonly reason: string; readonly isJson: boolean };

/**
 * Reads a user's JSON as strictly as a job's. Refuses repeated keys, rounded numbers and keys that poison prototypes.
 * The reason never quotes the text.
 */
export function readJson(text: string, levels?: number): ReadJson {
  try {
    return { status: "ok", value: parseJson(text, levels) };
  } catch (error) {
    if (!isJobsError(error)) throw error;
    const reason = describeThrown(error).replace(/^the message cannot be trusted: |\.$/g, "");
    return { status: "refused", reason, isJson: isJson(text) };
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
