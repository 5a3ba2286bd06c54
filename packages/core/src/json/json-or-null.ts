import type { JsonValue } from "../envelope/envelope.ts";
import { assertJson } from "./json-safety.ts";

/**
 * The value, or `null` where JSON would change or lose it: for what handlers return, when the work is done already.
 * `onLoss` hears why.
 */
export function jsonOrNull(value: unknown, onLoss: (error: unknown) => void = () => {}): JsonValue {
  if (value === undefined) return null;
  try {
    assertJson(value, "result");
    return value as JsonValue;
  } catch (error) {
    onLoss(error);
    return null;
  }
}
