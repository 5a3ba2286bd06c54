import { createHash } from "node:crypto";
import type { SignatureParam } from "./signature.ts";

/** The longest readable form; longer ones become a hash, which keeps envelopes small. */
const MAX_READABLE = 200;

/** The form of a signature in envelopes, independent of order: sorted names, `?` after optional ones. */
export function fingerprint(params: readonly SignatureParam[]): string {
  const names = params.map((param) => param.name).sort();
  const optional = new Set(params.filter((param) => param.isOptional).map((param) => param.name));
  const readable = names.map((name) => (optional.has(name) ? `${name}?` : name)).join(",");
  if (readable.length <= MAX_READABLE) return readable;
  return `sha256:${createHash("sha256").update(readable).digest("hex").slice(0, 16)}`;
}
