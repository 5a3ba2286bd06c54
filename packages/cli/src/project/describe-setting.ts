import {
  type Explained,
  formatDuration,
  ROOT_SETTINGS,
  type Setting,
  TASK_SETTINGS,
  WORKER_SETTINGS,
} from "@jobs/core/config";
import { isObject } from "@jobs/core/runtime";
import { formatRate } from "@jobs/core/task";
import { maskText, maskUrl } from "../output/mask-secrets.ts";

/**
 * A setting as `jobs config` shows it. Infinity and functions are texts, since JSON has neither. Secrets are masked.
 */
export interface DescribedSetting extends DescribedValue {
  readonly key: string;
  readonly shadowed: readonly DescribedValue[];
}

/** A value and where it comes from. */
export interface DescribedValue {
  readonly value: unknown;
  readonly layer: Explained["layer"];
  readonly where?: string;
}

/** The JSON form of an explained setting. */
export function describeSetting({ key, shadowed, ...winner }: Explained): DescribedSetting {
  return { key, ...described(key, winner), shadowed: shadowed.map((value) => described(key, value)) };
}

/** The value without its source, for people. */
export function settingText({ key, value }: { readonly key: string; readonly value: unknown }): string {
  if (value === null || value === "") return "-";
  if (isDuration(key) && typeof value === "number") return formatDuration(value);
  if (isRate(key) && typeof value === "number") return formatRate(value);
  if (key === "worker.queues") return queuesText(value);
  if (settingOf(key)?.reader === TASK_SETTINGS.backoff.reader) return backoffText(value);
  if (Array.isArray(value)) return value.length === 0 ? "-" : value.join(",");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function described(key: string, { value, layer, where }: DescribedValue): DescribedValue {
  return { value: presentable(key, value), layer, ...(where === undefined ? {} : { where }) };
}

function presentable(key: string, value: unknown): unknown {
  if (value === undefined) return null;
  if (value === Number.POSITIVE_INFINITY) return "off";
  if (typeof value === "function") return "(a function)";
  if (typeof value !== "string") return value;
  return settingOf(key)?.isSecret ? maskUrl(value) : maskText(value);
}

function isDuration(key: string): boolean {
  return settingOf(key)?.reader.expected.startsWith("a duration of") ?? false;
}

function isRate(key: string): boolean {
  return settingOf(key)?.reader === TASK_SETTINGS.ratePerSecond.reader;
}

function settingOf(key: string): Setting | undefined {
  const written = key.slice(key.lastIndexOf(".") + 1);
  let group: Readonly<Record<string, Setting>> = ROOT_SETTINGS;
  if (key.startsWith("worker.")) group = WORKER_SETTINGS;
  if (key.startsWith("tasks.")) group = TASK_SETTINGS;
  return Object.values(group).find((setting) => setting.key === written);
}

/** The backoff as users write it. A range without jitter has no such form, so it is shown as JSON. */
function backoffText(value: unknown): string {
  if (typeof value === "number") return formatDuration(value);
  if (Array.isArray(value)) return value.map((ms: number) => formatDuration(ms)).join(",");
  if (!isObject(value) || value.jitter === false)
    return typeof value === "string" ? value : JSON.stringify(value);
  return `${formatDuration(Number(value.baseMs))}..${formatDuration(Number(value.maxMs))}`;
}

function queuesText(value: unknown): string {
  const queues = value as readonly { readonly name: string; readonly weight: number }[];
  if (queues.length === 0) return "all";
  return queues.map(({ name, weight }) => (weight === 1 ? name : `${name}:${weight}`)).join(",");
}
