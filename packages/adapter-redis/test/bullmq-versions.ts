import { driveBullmq, type LoadedBullmq } from "../src/bullmq/load-bullmq.ts";

/** BullMQ's module, by the types of its newest version. */
export type Bullmq = typeof import("bullmq");

/** A version of BullMQ that is installed beside the others. */
export interface BullmqVersion {
  /** Its package, for a program that imports it by itself. */
  readonly name: string;
  readonly version: string;
  readonly major: number;
  readonly bullmq: Bullmq;
  /** For a broker whose engine "bullmq" is of this version. */
  readonly load: () => Promise<LoadedBullmq>;
}

/** The last of an older layout, the first and the last of the layout that the scripts are written for. */
const PACKAGES = ["bullmq-5", "bullmq-6.0", "bullmq"];

/** All versions that are installed. */
export const ALL_BULLMQ_VERSIONS: readonly BullmqVersion[] = await Promise.all(PACKAGES.map(load));

/**
 * The versions that the tests run beside this adapter: one of each layout, or all of them where JOBS_TEST_BULLMQ is
 * `all`. The first and the last of a layout differ in what `bullmq-layouts.test.ts` and `bullmq-engine.test.ts`
 * compare, and these always use all.
 */
export const BULLMQ_VERSIONS: readonly BullmqVersion[] = ALL_BULLMQ_VERSIONS.filter(
  ({ major }, index) =>
    process.env.JOBS_TEST_BULLMQ === "all" || ALL_BULLMQ_VERSIONS[index + 1]?.major !== major,
);

async function load(name: string): Promise<BullmqVersion> {
  const bullmq: Bullmq = await import(name);
  const manifest: { default: { version: string } } = await import(`${name}/package.json`, {
    with: { type: "json" },
  });
  const { version } = manifest.default;
  return {
    name,
    version,
    major: Number.parseInt(version, 10),
    bullmq,
    load: async () => driveBullmq(bullmq, version),
  };
}
