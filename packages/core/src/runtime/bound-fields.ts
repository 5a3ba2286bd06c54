import { capText, isError } from "../errors/to-error.ts";

/** Structured fields of a log line. They never contain parameters of jobs. */
export type LogFields = Readonly<Record<string, unknown>>;

/** The deepest level of a field that is shown. */
const MAX_DEPTH = 6;

/** The most fields of one line, and the most values below all of them together. */
const MAX_VALUES = 500;

/** The most text of one line below its fields, in UTF-16 units. */
const MAX_UNITS = 32_768;

/** Replaces values beyond the limits of depth, number or text. */
const LEFT_OUT = "…";

/** How to show texts and errors of a line. */
export interface ShownAs {
  /** Shortens and masks a text. */
  text(text: string): string;
  /** Shortens and masks an error. */
  error(error: Error): unknown;
}

/**
 * The fields of a log line, ready to be written at any depth. `shown` converts texts and errors; depth, number and
 * length are limited. Returns the fields themselves where none can need a change. It never throws.
 */
export function boundFields(fields: LogFields, shown: ShownAs): LogFields {
  try {
    for (const name in fields) {
      if (!isPlain(fields[name])) return new BoundedCopy(shown).fieldsOf(fields);
      if (typeof fields[name] === "string" && shown.text(fields[name]) !== fields[name])
        return new BoundedCopy(shown).fieldsOf(fields);
    }
    return fields;
  } catch {
    return { fields: LEFT_OUT };
  }
}

function isPlain(value: unknown): boolean {
  return typeof value !== "object" || value === null;
}

/** One copy, with the rest of its limits. */
class BoundedCopy {
  readonly #shown: ShownAs;
  #fields = MAX_VALUES;
  #values = MAX_VALUES;
  #units = MAX_UNITS;

  constructor(shown: ShownAs) {
    this.#shown = shown;
  }

  fieldsOf(fields: LogFields): LogFields {
    return this.#object(fields, 0);
  }

  #object(object: object, depth: number): Record<string, unknown> {
    const copy: Record<string, unknown> = {};
    for (const name of Object.keys(object)) {
      // A large value in one field must not displace the others, such as the job's id.
      if ((depth === 0 ? this.#fields-- : this.#values--) <= 0) {
        copy[LEFT_OUT] = LEFT_OUT;
        break;
      }
      // An assignment to this name would set the prototype of the copy.
      if (name === "__proto__") continue;
      copy[this.#shown.text(name)] = this.#member(object, name, depth);
    }
    return copy;
  }

  #array(array: readonly unknown[], depth: number): readonly unknown[] {
    const copy: unknown[] = [];
    for (let index = 0; index < array.length; index++) {
      if (this.#values-- <= 0) {
        copy.push(LEFT_OUT);
        break;
      }
      copy.push(this.#member(array, index, depth));
    }
    return copy;
  }

  /** A getter, a proxy or a `toJSON` may throw; then only this value is left out. */
  #member(owner: object, name: string | number, depth: number): unknown {
    try {
      return this.#value(Reflect.get(owner, name), depth);
    } catch {
      return LEFT_OUT;
    }
  }

  #value(value: unknown, depth: number): unknown {
    if (typeof value === "string") return this.#text(value, depth);
    if (typeof value === "bigint") return String(value);
    if (typeof value !== "object" || value === null) return value;
    if (isError(value)) return this.#shown.error(value);
    if (depth >= MAX_DEPTH) return LEFT_OUT;
    if (ArrayBuffer.isView(value)) return `${value.byteLength} ${value.byteLength === 1 ? "byte" : "bytes"}`;
    if ("toJSON" in value && typeof value.toJSON === "function")
      return this.#value(value.toJSON(), depth + 1);
    return Array.isArray(value) ? this.#array(value, depth + 1) : this.#object(value, depth + 1);
  }

  #text(text: string, depth: number): string {
    const shown = this.#shown.text(text);
    if (depth === 0) return shown;
    const bounded = this.#units >= shown.length ? shown : capText(shown, this.#units);
    this.#units = Math.max(0, this.#units - bounded.length);
    return bounded;
  }
}
