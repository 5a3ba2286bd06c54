/**
 * Converts any text to one that every database can store, without collisions. NUL and lone surrogates are written as in
 * JSON. Ordinary names stay readable.
 */
export function escapeText(text: string): string {
  return JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"');
}

/** Undoes {@link escapeText}. */
export function unescapeText(escaped: string): string {
  return JSON.parse(`"${escaped.replaceAll('"', '\\"')}"`) as string;
}
