import { ConfigError } from "../errors/config-errors.ts";
import { sha256 } from "../runtime/sha256.ts";
import type { Signature, SignatureParam } from "./signature.ts";

/** Valid names of parameters: identifiers that work on command lines, in JSON pointers and in object literals. */
const PARAM_NAME = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/;

/**
 * Names that every JavaScript object has. As parameters they would seem present when they are not, or poison
 * prototypes.
 */
function isReserved(name: string): boolean {
  return name in Object.prototype || name === "prototype";
}

/**
 * Puts a signature together, whichever form its parameters were written in.
 * @throws ConfigError naming `where` and the parameter that cannot be called that.
 */
export function createSignature(
  where: string,
  params: readonly SignatureParam[],
  checks: Pick<Signature, "schema" | "check" | "checkKnown">,
): Signature {
  checkNames(where, params);
  return Object.freeze({
    params: Object.freeze(params.map((param) => Object.freeze(param))),
    fingerprint: fingerprint(params),
    text: params.map((param) => (param.isOptional ? `${param.name}?` : param.name)).join(", "),
    ...checks,
  });
}

function checkNames(where: string, params: readonly SignatureParam[]): void {
  const seen = new Set<string>();
  for (const { name } of params) {
    if (isReserved(name)) {
      throw new ConfigError(`${where}: a parameter cannot be called "${name}".`, {
        hint: "Choose another name; this one belongs to every JavaScript object.",
      });
    }
    if (!PARAM_NAME.test(name)) {
      throw new ConfigError(`${where}: "${name}" cannot be a parameter's name.`, {
        hint: "Use a letter or _, then letters, digits, _ or -; at most 64 characters.",
      });
    }
    if (seen.has(name)) {
      throw new ConfigError(`${where}: parameter "${name}" is declared twice.`, {
        hint: "Remove one of the two.",
      });
    }
    seen.add(name);
  }
}

/** The longest readable form; longer ones become a hash, which keeps envelopes small. */
const MAX_READABLE = 200;

/** The form of a signature in envelopes, independent of order: sorted names, `?` after optional ones. */
export function fingerprint(params: readonly SignatureParam[]): string {
  const names = params.map((param) => param.name).sort();
  const optional = new Set(params.filter((param) => param.isOptional).map((param) => param.name));
  const readable = names.map((name) => (optional.has(name) ? `${name}?` : name)).join(",");
  if (readable.length <= MAX_READABLE) return readable;
  return `sha256:${sha256(readable).slice(0, 16)}`;
}
