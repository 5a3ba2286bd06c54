import { types } from "node:util";

/** A value that JSON cannot contain, in words, and what to pass instead. */
export interface NotJson {
  readonly found: string;
  readonly fix?: string;
}

/** A getter or setter: its value may differ at every read. */
export const ACCESSOR: NotJson = { found: "an accessor", fix: "Pass its value." };
/** A value inside itself. */
export const CYCLE: NotJson = { found: "a cycle", fix: "Refer to it by an id." };
/** Nesting beyond the limit. */
export const TOO_DEEP: NotJson = { found: "nested too deep", fix: "Pass flatter data." };
/** A proxy may return different values to the check and to the encoder. */
export const PROXY: NotJson = { found: "a proxy", fix: "Pass a plain copy." };
/** `JSON.stringify` skips them silently. */
export const SYMBOL_KEYS: NotJson = { found: "something with symbol keys", fix: "Use names." };
/** Becomes a prototype in readers that copy by assignment. */
export const POISON: NotJson = { found: "under a key that poisons prototypes", fix: "Choose another key." };
/** `JSON.stringify` would send its return value. */
export const TO_JSON: NotJson = {
  found: "a function that replaces its object",
  fix: "Pass the result of toJSON().",
};
/** JSON has neither holes nor named keys of arrays, so both would be lost. */
export const UNEVEN_ARRAY: NotJson = {
  found: "an array with holes or names",
  fix: "Pass null for a hole, an object for names.",
};

/** Describes a value that is neither an object nor JSON. */
export function describeValue(value: unknown): NotJson {
  switch (typeof value) {
    case "undefined":
      return { found: "undefined", fix: "Leave it out, or pass null." };
    case "bigint":
      return { found: "a BigInt", fix: "Pass it as a string." };
    case "number":
      return Object.is(value, -0)
        ? { found: "-0", fix: "Pass 0." }
        : { found: String(value), fix: "Pass null or leave it out." };
    default:
      return { found: `a ${typeof value}` };
  }
}

/** Describes a property that is not a plain value. */
export function describeProperty(property: PropertyDescriptor | undefined): NotJson {
  if (property?.enumerable === false && "value" in property) {
    return { found: "a hidden property", fix: "Pass a plain object." };
  }
  return ACCESSOR;
}

/** Describes an object that is not plain. */
export function describeInstance(value: object): NotJson {
  if (types.isDate(value)) return { found: "a Date", fix: "Pass date.toISOString()." };
  if (types.isMap(value)) return { found: "a Map", fix: "Pass Object.fromEntries(map)." };
  if (types.isSet(value)) return { found: "a Set", fix: "Pass [...set]." };
  if (types.isRegExp(value)) return { found: "a RegExp", fix: "Pass its source." };
  if (types.isBoxedPrimitive(value)) return { found: "a boxed primitive", fix: "Pass the primitive." };
  if (types.isPromise(value)) return { found: "a promise", fix: "Await it first." };
  if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) {
    return { found: "binary data", fix: "Pass base64 text, or a reference to where it is stored." };
  }
  if (Array.isArray(value)) return { found: "an array of a class", fix: "Pass [...items]." };
  return { found: "a class instance", fix: "Pass a plain object, e.g. { ...instance }." };
}
