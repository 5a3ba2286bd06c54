import type { Json } from "../lock/schema/model.ts";

/** Names that need no quotes. */
const PLAIN_KEY = /^[A-Za-z_$][\w$]*$/;

/** What would end a line of code, or hide in it: controls, separators, marks of direction. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Lists and objects that are longer have a line for each part. */
const MAX_LINE = 70;

/** Longer comments are cut. */
const MAX_COMMENT = 240;

/** A value as an expression in TypeScript: whatever a text holds, it stays a text. */
export function literalText(value: Json, indent = ""): string {
  if (typeof value !== "object" || value === null) return escaped(JSON.stringify(value));
  const inner = `${indent}  `;
  const parts = Array.isArray(value)
    ? value.map((item: Json) => literalText(item, inner))
    : Object.entries(value as { readonly [name: string]: Json }).map(
        ([name, item]) => `${propertyText(name)}: ${literalText(item, inner)}`,
      );
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  const line = parts.join(", ");
  const space = Array.isArray(value) || line === "" ? "" : " ";
  if (line.length <= MAX_LINE && !line.includes("\n")) return `${open}${space}${line}${space}${close}`;
  return `${open}\n${parts.map((part) => `${inner}${part},\n`).join("")}${indent}${close}`;
}

/** The name of a member, in quotes where it is no identifier. */
export function keyText(name: string): string {
  return PLAIN_KEY.test(name) ? name : escaped(JSON.stringify(name));
}

/** As a name in an expression, `__proto__` would set the prototype. */
function propertyText(name: string): string {
  return name === "__proto__" ? '["__proto__"]' : keyText(name);
}

/** A doc comment of one line, which its text cannot end. */
export function docComment(text: string): string {
  const shown = text.length <= MAX_COMMENT ? text : `${text.slice(0, MAX_COMMENT)}…`;
  return `/** ${escaped(shown.toWellFormed()).replaceAll("*/", "*\\/")} */`;
}

function escaped(text: string): string {
  return text.replace(UNSAFE, (character) =>
    Array.from(
      { length: character.length },
      (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`,
    ).join(""),
  );
}
