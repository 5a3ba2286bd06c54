import type { JsonValue } from "../envelope/envelope.ts";
import { assertJson } from "./json-safety.ts";

/**
 * The value as JSON, or `null` where JSON would change or lose it. For the values of handlers, whose work is already
 * done. An `undefined` property is left out, as in `JSON.stringify`. `onLoss` gets the reason for a loss, with the path
 * of the lost part. `name` begins the path.
 */
export function jsonOrNull(
  value: unknown,
  { name = "result", onLoss }: { readonly name?: string; readonly onLoss?: (error: unknown) => void } = {},
): JsonValue {
  if (value === undefined) return null;
  if (isJson(value)) return value as JsonValue;
  try {
    const whole = withoutUndefined(value, new Map());
    assertJson(whole, name);
    return whole as JsonValue;
  } catch (error) {
    onLoss?.(error);
    return null;
  }
}

function isJson(value: unknown): boolean {
  try {
    assertJson(value, "result");
    return true;
  } catch {
    return false;
  }
}

/** `copies`: finished copies, since a value may contain itself. Only plain objects and arrays are copied. */
function withoutUndefined(value: unknown, copies: Map<object, unknown>): unknown {
  if (typeof value !== "object" || value === null) return value;
  const copied = copies.get(value);
  if (copied !== undefined) return copied;
  if (Array.isArray(value)) {
    const copy: unknown[] = [];
    copies.set(value, copy);
    for (const item of value) copy.push(withoutUndefined(item, copies));
    return copy;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  // The later check refuses symbols and hidden properties.
  if (Reflect.ownKeys(value).length !== Object.keys(value).length) return value;
  const copy: object = {};
  copies.set(value, copy);
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined) continue;
    const part = {
      value: withoutUndefined(item, copies),
      enumerable: true,
      configurable: true,
      writable: true,
    };
    Object.defineProperty(copy, key, part);
  }
  return copy;
}
