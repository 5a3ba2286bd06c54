import { testPattern } from "./test-pattern.ts";

/** Texts that are often matched by a pattern, where the reader below gives up. */
const COMMON: readonly string[] = [
  "a",
  "A",
  "1",
  "abc",
  "ABC",
  "123",
  "a-b",
  "a_b",
  "a1",
  "/a",
  "#aabbcc",
  "1.0.0",
];

/** Some texts that match a pattern; none where the pattern is beyond this reader. */
export function matchingTexts(pattern: string): readonly string[] {
  try {
    const read = new PatternReader(pattern);
    return [read.alternatives(), ...COMMON].filter((text) => testPattern(pattern, text));
  } catch {
    return [];
  }
}

const CLASSES: Readonly<Record<string, string>> = {
  d: "1",
  w: "a",
  s: " ",
  D: "a",
  W: "-",
  S: "a",
  t: "\t",
  n: "\n",
};

/** Reads one text out of a pattern: the first alternative, the first of a class, the fewest repeats. */
class PatternReader {
  readonly #pattern: string;
  #at = 0;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  /** The first of several alternatives; the others are read past. */
  alternatives(): string {
    const first = this.#sequence();
    while (this.#take("|")) this.#sequence();
    return first;
  }

  #sequence(): string {
    let text = "";
    while (this.#at < this.#pattern.length && !"|)".includes(this.#next())) {
      const atom = this.#atom();
      text += atom.repeat(this.#repeats());
    }
    return text;
  }

  #atom(): string {
    if (this.#take("^") || this.#take("$")) return "";
    if (this.#take("(")) return this.#group();
    if (this.#take("[")) return this.#class();
    if (this.#take("\\")) return this.#escaped();
    const character = this.#skip();
    return character === "." ? "a" : character;
  }

  #group(): string {
    if (this.#take("?") && !this.#take(":")) throw new Error("a look-around or a named group");
    const text = this.alternatives();
    this.#take(")");
    return text;
  }

  #class(): string {
    const isNegated = this.#take("^");
    const first = this.#take("\\") ? this.#escaped() : this.#skip();
    while (!this.#take("]")) {
      this.#take("\\");
      this.#skip();
    }
    return isNegated ? "~" : first;
  }

  #escaped(): string {
    const character = this.#skip();
    if (character === "b" || character === "B") return "";
    if (/[pPukx\d]/.test(character)) throw new Error("an escape of several characters");
    return CLASSES[character] ?? character;
  }

  #repeats(): number {
    if (this.#take("*") || this.#take("?")) return this.#lazy(0);
    if (this.#take("+")) return this.#lazy(1);
    if (!this.#take("{")) return 1;
    const end = this.#pattern.indexOf("}", this.#at);
    const least = Number.parseInt(this.#pattern.slice(this.#at, end), 10);
    this.#at = end + 1;
    return this.#lazy(Number.isNaN(least) ? 1 : least);
  }

  #lazy(count: number): number {
    this.#take("?");
    return count;
  }

  #next(): string {
    return this.#pattern[this.#at] ?? "";
  }

  #take(character: string): boolean {
    if (this.#next() !== character) return false;
    this.#at += 1;
    return true;
  }

  #skip(): string {
    const character = this.#next();
    if (character === "") throw new Error("the end of the pattern");
    this.#at += 1;
    return character;
  }
}
