import { createHash } from "node:crypto";
import type { SignatureParam } from "./signature.ts";

/** Longest readable form; beyond it a hash keeps envelopes small. */
const MAX_READABLE = 200;

/** The order-free form of a signature that travels in envelopes: sorted names, `?` after optional ones. */
export function fingerprint(params: readonly SignatureParam[]): string {
  const names = params.map((param) => param.name).sort();
  const optional = new Set(params.filter((param) => param.isOptional).map((param) => param.name));
  const readable = names.map((name) => (optional.has(name) ? `${name}?` : name)).join(",");
  if (readable.length <= MAX_READABLE) return readable;
  return `sha256:${createHash("sha256").update(readable).digest("hex").slice(0, 16)}`;
}
