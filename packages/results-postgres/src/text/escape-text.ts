/**
 * Any text as one that Postgres can hold and that no other text becomes: NUL and lone surrogates are written as JSON
 * writes them. Names as people give them stay readable.
 */
export function escapeText(text: string): string {
  return JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"');
}

/** Undoes {@link escapeText}. */
export function unescapeText(escaped: string): string {
  return JSON.parse(`"${escaped.replaceAll('"', '\\"')}"`) as string;
}
