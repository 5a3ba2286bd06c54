import { createHash } from "node:crypto";
import type { RedisClient } from "../connection/connection-options.ts";
import { answerCode } from "../connection/redis-answer.ts";

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

/** Runs a script by its digest. Its text is sent only when Redis does not know it. */
export function runScript(
  client: RedisClient,
  { sha, text }: Script,
  keys: readonly string[],
  args: readonly (string | number)[],
): Promise<unknown> {
  return client.call("evalsha", [sha, keys.length, ...keys, ...args]).catch((error) => {
    if (answerCode(error) !== "NOSCRIPT") throw error;
    return client.call("eval", [text, keys.length, ...keys, ...args]);
  });
}
