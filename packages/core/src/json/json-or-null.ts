import type { JsonValue } from "../envelope/envelope.ts";
import { assertJson } from "./json-safety.ts";

/** The value, or `null` where JSON would change or lose it: for what handlers return, when the work is done already. */
export function jsonOrNull(value: unknown): JsonValue {
  if (value === undefined) return null;
  try {
    assertJson(value, "value");
    return value as JsonValue;
  } catch {
    return null;
  }
}
