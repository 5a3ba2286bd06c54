import type { QueueWeight } from "./app-config.ts";
import { nameReader, type ValueReader } from "./value-reader.ts";

const HIGHEST_WEIGHT = 1_000;

/** Queues with weights: `default,mail:3`, a list of such words, or a list of `{ name, weight }`. Empty means all. */
export const queuesReader: ValueReader<readonly QueueWeight[]> = {
  expected: "queue names, each with an optional weight: default,mail:3",
  read(raw) {
    const items: unknown =
      typeof raw === "string" ? raw.split(",").filter((item) => item.trim() !== "") : raw;
    if (!Array.isArray(items)) return undefined;
    const queues = items.map(readQueue).filter((queue) => queue !== undefined);
    const names = new Set(queues.map((queue) => queue.name));
    return queues.length === items.length && names.size === queues.length ? queues : undefined;
  },
};

function readQueue(item: unknown): QueueWeight | undefined {
  const { name, weight = 1 } = typeof item === "string" ? splitWeight(item) : asWeighted(item);
  const isUsable =
    nameReader.read(name) !== undefined &&
    typeof weight === "number" &&
    Number.isInteger(weight) &&
    weight >= 1 &&
    weight <= HIGHEST_WEIGHT;
  return isUsable ? { name: String(name), weight } : undefined;
}

function splitWeight(word: string): { readonly name: string; readonly weight: number } {
  const [name = "", weight = "1", ...rest] = word.trim().split(":");
  return { name, weight: rest.length === 0 && /^\d+$/.test(weight) ? Number(weight) : Number.NaN };
}

function asWeighted(item: unknown): { readonly name?: unknown; readonly weight?: unknown } {
  return typeof item === "object" && item !== null ? item : {};
}
