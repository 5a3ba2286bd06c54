/**
 * The line on which a setting is written, for messages: the last key of `path`, after the lines of the keys before it.
 * A search in the text, not a parse: it serves every format alike, and being a line off only costs a glance.
 */
export function keyPosition(text: string, path: string): number | undefined {
  const lines = text.split("\n");
  const keys = path.split(".");
  let line = -1;
  for (const [depth, key] of keys.entries()) {
    const isLast = depth === keys.length - 1;
    const found = lines.findIndex((content, index) => index >= line && writesKey(content, key));
    if (found < 0 && isLast) return line < 0 ? undefined : line + 1;
    if (found >= 0) line = found;
  }
  return line < 0 ? undefined : line + 1;
}

/** `key:`, `"key" =`, `[tasks.key]`, `{ key: …`, but not `other.key =` inside a word. */
function writesKey(line: string, key: string): boolean {
  const escaped = key.replace(/[^A-Za-z0-9_]/g, "\\$&");
  return new RegExp(`(^|[\\s{,\\[.])["']?${escaped}["']?(\\s*[:=]|\\.|\\s*\\])`).test(line);
}
