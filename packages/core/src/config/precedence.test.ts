import { describe, expect, it } from "vitest";
import { defineTask } from "../task/define-task.ts";
import type { ConfigLayer } from "./config-layer.ts";
import { constructorLayer } from "./constructor-layer.ts";
import { environmentLayer } from "./environment-layer.ts";
import { resolveConfig } from "./precedence.ts";

/** Sources of a setting of task `cool`, the weakest first; each overrides all before it. */
const SOURCES = ["constructor", "file DEFAULT", "file [cool]", "generic variable", "own variable"] as const;

type Source = (typeof SOURCES)[number];

interface Case {
  readonly setting: "domain" | "pollInterval";
  readonly sources: readonly Source[];
  readonly winner: Source | "default";
}

/** The same six cases as in the ancestor for each of its two settings: none set, then one more source each time. */
const CASES: readonly Case[] = (["domain", "pollInterval"] as const).flatMap((setting) => [
  { setting, sources: [], winner: "default" as const },
  ...SOURCES.map((winner, index) => ({ setting, sources: SOURCES.slice(0, index + 1), winner })),
]);

const VALUES = {
  domain: {
    own: "domain",
    written: (rank: number) => `d${rank}`,
    resolved: (rank: number) => `d${rank}`,
    none: undefined,
  },
  pollInterval: {
    own: "pollIntervalMs",
    written: (rank: number) => `${rank}00`,
    resolved: (rank: number) => rank * 100,
    none: Number.POSITIVE_INFINITY,
  },
} as const;

function layersOf(setting: Case["setting"], sources: readonly Source[]): readonly ConfigLayer[] {
  const written = (source: Source) =>
    sources.includes(source) ? VALUES[setting].written(SOURCES.indexOf(source) + 1) : undefined;
  const variable = setting === "domain" ? "DOMAIN" : "POLL_INTERVAL";
  const inCode = sources.includes("constructor") ? VALUES[setting].resolved(1) : undefined;
  const task = defineTask("cool", {}, inCode === undefined ? {} : { [VALUES[setting].own]: inCode });
  return [
    constructorLayer({ tasks: [task] }),
    {
      layer: "file",
      tasks: { DEFAULT: { [setting]: written("file DEFAULT") }, cool: { [setting]: written("file [cool]") } },
    },
    environmentLayer({
      [`JOBS_TASK_DEFAULT_${variable}`]: written("generic variable"),
      [`JOBS_TASK_COOL_${variable}`]: written("own variable"),
    }),
  ];
}

describe("the ancestor's twelve cases of precedence [C15 T16]", () => {
  it.each(CASES)("$setting of $sources comes from the $winner", ({ setting, sources, winner }) => {
    const config = resolveConfig(layersOf(setting, sources));
    const values = VALUES[setting];
    const expected = winner === "default" ? values.none : values.resolved(SOURCES.indexOf(winner) + 1);
    expect(config.task("cool")[values.own]).toBe(expected);
    const explained = config.explain(`cool.${setting}`);
    expect(explained.value).toBe(expected);
    const shadowed = sources.slice(0, -1).toReversed();
    expect(explained.shadowed.map(({ value }) => value)).toEqual([
      ...shadowed.map((source) => values.resolved(SOURCES.indexOf(source) + 1)),
      ...(sources.length > 0 && values.none !== undefined ? [values.none] : []),
    ]);
  });

  it("are twelve", () => {
    expect(CASES).toHaveLength(12);
  });

  it("the generic variable beats the task's own section in the file, and explain says so [C16]", () => {
    const { value, layer, where, shadowed } = resolveConfig(
      layersOf("domain", ["file [cool]", "generic variable"]),
    ).explain("cool.domain");
    expect({ value, layer, where }).toEqual({
      value: "d4",
      layer: "environment",
      where: "JOBS_TASK_DEFAULT_DOMAIN",
    });
    expect(shadowed).toEqual([{ value: "d3", layer: "file" }]);
  });

  it("an own section without the key falls to DEFAULT [C17]", () => {
    const file: ConfigLayer = {
      layer: "file",
      tasks: { DEFAULT: { domain: "nice" }, cool: { attempts: 3 } },
    };
    expect(resolveConfig([file]).task("cool")).toMatchObject({ domain: "nice", maxAttempts: 3 });
  });
});
