import { expect, it } from "vitest";
import { complaintsAboutPlan } from "../publish/release-plan.mjs";

const planOf = (
  changeset: string,
  ...releases: readonly (readonly [type: string, newVersion: string])[]
) => ({
  changesets: [{ releases: [{ type: changeset }] }],
  releases: releases.map(([type, newVersion], n) => ({ name: `p${n}`, type, newVersion })),
});

it("a release gives all packages one version", () => {
  expect(complaintsAboutPlan(planOf("minor", ["minor", "1.1.0"], ["minor", "1.1.0"]))).toEqual([]);
  expect(complaintsAboutPlan(planOf("minor", ["minor", "1.1.0"], ["patch", "1.0.1"]))).toEqual([
    "the packages would have several versions: 1.1.0, 1.0.1",
  ]);
  expect(complaintsAboutPlan(planOf("minor", ["minor", "1.1.0"], ["none", "0.0.0"]))).toEqual([]);
});

it("no release is major that no changeset asks for", () => {
  expect(complaintsAboutPlan(planOf("major", ["major", "2.0.0"]))).toEqual([]);
  expect(complaintsAboutPlan(planOf("minor", ["major", "2.0.0"]))).toEqual([
    "no changeset is major, but these would be: p0",
  ]);
});
