/**
 * Characters that a terminal would execute instead of showing. They are C0 and C1 controls, DEL, line separators, and
 * marks for the direction of text. Data must not colour, move or hide the text around it (F61, F63).
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const ACTED_ON = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** The text with every such character spelled out: `\n`, `\u001b`. One line, whatever was in it. */
export function printable(text: string): string {
  return text.replace(ACTED_ON, (character) => {
    if (character === "\n") return "\\n";
    if (character === "\t") return "\\t";
    return escaped(character);
  });
}

/** Like `printable`, for text of several lines such as a stack: line ends stay. */
export function printableLines(text: string): string {
  return text.split("\n").map(printable).join("\n");
}

/** JSON of a value on one line, with everything a terminal would act on escaped: still the same JSON. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value).replace(ACTED_ON, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
