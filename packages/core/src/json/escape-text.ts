/** Texts that stay as they are, as nearly all names do. This test is faster than escaping. */
const PLAIN_TEXT = /^[\x20-\x5b\x5d-\x7e]*$/;

/**
 * Converts any text to one that every database can store, without collisions. NUL and lone surrogates are written as in
 * JSON. Ordinary names stay readable.
 */
export function escapeText(text: string): string {
  if (PLAIN_TEXT.test(text)) return text;
  return JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"');
}

/** Undoes {@link escapeText}. */
export function unescapeText(escaped: string): string {
  return JSON.parse(`"${escaped.replaceAll('"', '\\"')}"`) as string;
}
