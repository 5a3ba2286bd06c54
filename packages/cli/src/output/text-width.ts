/** Text in which each character takes one column: Latin letters, digits, signs. */
const PLAIN = /^[\x20-\x7e\xa0-\xac\xae-\u02ff]*$/;

/** Characters that take two columns: East Asian ones, full-width forms, and emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18df2}\u{1aff0}-\u{1b2fb}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;

/** Makes the sign before it an emoji, which takes a second column. */
const EMOJI_STYLE = "\ufe0f";

/** Characters without a column of their own. */
const EMPTY = /^[\p{Mn}\p{Me}\p{Cf}\p{Cc}]*$/u;

/**
 * The text, or its beginning and `…`, in at most `columns` columns of a terminal. A character that a reader sees as one,
 * such as an emoji of several parts, is never cut.
 */
export function cutToWidth(text: string, columns: number): string {
  if (PLAIN.test(text)) {
    if (text.length <= columns) return text;
    return columns <= 0 ? "" : `${text.slice(0, columns - 1)}…`;
  }
  let width = 0;
  let fitting = "";
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    width += segmentWidth(segment);
    if (width > columns) return columns <= 0 ? "" : `${fitting}…`;
    // One column is kept free for the sign that the text goes on.
    if (width < columns) fitting += segment;
  }
  return text;
}

/** Terminals that do not join the parts of a character show them side by side, so all of them count. */
function segmentWidth(segment: string): number {
  let width = 0;
  for (const part of segment) width += partWidth(part);
  return width;
}

function partWidth(part: string): number {
  if (part === EMOJI_STYLE) return 1;
  if (EMPTY.test(part)) return 0;
  return WIDE.test(part) ? 2 : 1;
}
