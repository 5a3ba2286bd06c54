/** Length of each written unit in ms. */
const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

type Unit = keyof typeof UNIT_MS;

const WRITTEN = /^(\d+(?:\.\d+)?)\s*\/\s*(s|m|h|d)$/;

/**
 * Reads a rate as jobs per second: text such as `10/s`, `600/m`, `1000/h`, `5/d`, or a number. `off` is no limit,
 * `Infinity`. `undefined` for anything else; zero is not a rate but a pause.
 */
export function parseRate(raw: unknown): number | undefined {
  if (raw === Number.POSITIVE_INFINITY || raw === "off") return Number.POSITIVE_INFINITY;
  if (typeof raw === "number") return Number.isFinite(raw) && raw > 0 ? raw : undefined;
  if (typeof raw !== "string") return undefined;
  const [, jobs, unit] = WRITTEN.exec(raw.trim()) ?? [];
  const perSecond = (Number(jobs) * 1_000) / UNIT_MS[unit as Unit];
  return perSecond > 0 ? perSecond : undefined;
}

/** The text with the shortest unit that gives a whole number: 10 → `10/s`, 0.5 → `30/m`, `Infinity` → `off`. */
export function formatRate(perSecond: number): string {
  if (perSecond === Number.POSITIVE_INFINITY) return "off";
  const units = Object.keys(UNIT_MS) as readonly Unit[];
  const counted = units.map((unit) => ({ unit, jobs: roundOff((perSecond * UNIT_MS[unit]) / 1_000) }));
  const { jobs, unit } = counted.find((one) => Number.isInteger(one.jobs)) ?? { jobs: perSecond, unit: "s" };
  return `${jobs}/${unit}`;
}

/** Rounds, so that a third of a minute is formatted as it was written. */
function roundOff(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
