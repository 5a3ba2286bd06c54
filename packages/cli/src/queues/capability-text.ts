import { formatDuration } from "@jobs/core/config";

/** A declared capability in few words; durations are in ms wherever a name says so. */
export function capabilityText(value: unknown, name = ""): string {
  if (value === null) return "no limit";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (value === Number.POSITIVE_INFINITY) return "no limit";
  if (typeof value === "number") return name.endsWith("Ms") ? formatDuration(value) : String(value);
  if (typeof value !== "object") return String(value);
  return Object.entries(value)
    .map(([key, part]) => `${key} ${capabilityText(part, key)}`)
    .join(", ");
}
