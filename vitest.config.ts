import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** A folder `node_modules` with another NestJS than ours, for the tests of its module. */
const nest = process.env.JOBS_TEST_NESTJS;

const TESTS = [
  "packages/*/{src,test}/**/*.test.ts",
  "benchmarks/{src,test}/**/*.test.ts",
  "chaos/{src,test}/**/*.test.ts",
  "test-servers/src/**/*.test.ts",
  "scripts/test/**/*.test.ts",
];

/** Files that change or measure what a process has once: its modules, its folder, its memory, its open files. */
const OWN_PROCESS = [
  "examples/*/test/**/*.test.ts",
  "packages/nestjs/test/**/*.test.ts",
  "packages/testing/test/**/*.test.ts",
  "packages/adapter-redis/test/{ioredis-5,redis-link}.test.ts",
  "packages/adapter-sqlite/test/{closing,missing-file,unusable-files}.test.ts",
  "packages/cli/test/reading-lists.test.ts",
  "packages/core/test/app/{bind,substitute}.test.ts",
  "test-servers/src/find-chromium.test.ts",
];

/** Files that take longest, the longest first. At the end the whole run would wait for one of them. */
const LONGEST = [
  "packages/adapter-sqs/test/bad-weather.test.ts",
  "chaos/test/chaos.test.ts",
  "packages/adapter-sqs/test/explanations.test.ts",
  "packages/adapter-redis/test/conformance.test.ts",
  "packages/cli/test/commands/look-back.test.ts",
  "packages/cli/test/commands/planted-secrets.test.ts",
  "packages/cli/test/commands/readiness.test.ts",
  "packages/cli/test/blocked-loop.test.ts",
  "packages/cli/test/flow-takeover.test.ts",
  "packages/dashboard/test/page.test.ts",
  "packages/outbox/test/full-spool.test.ts",
  "packages/cli/test/commands/schedule.test.ts",
  "packages/adapter-sqs/test/conformance.test.ts",
  "packages/cli/test/commands/dry-run.test.ts",
  "packages/adapter-redis/test/moving-from-bullmq.test.ts",
  "packages/cli/test/commands/redis.test.ts",
  "packages/adapter-redis/test/conformance-versions.test.ts",
  "packages/adapter-redis/test/idle-wait.test.ts",
  "packages/host/test/host.test.ts",
  "packages/cli/test/commands/config.test.ts",
  "chaos/test/rolling.test.ts",
  "packages/cli/test/move/killed-moves.test.ts",
  "packages/core/test/app/measure-calls.test.ts",
  "packages/adapter-sqs/test/request-floor.test.ts",
  "packages/broker-conformance/test/mutants.test.ts",
];

/**
 * First the files with a process of their own: a shared process ends when one of them is next, and the one after it has
 * to load everything anew. Then the {@link LONGEST}; a fresh clone knows no durations.
 */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const position = ({ moduleId, project }: TestSpecification) => {
      if (project.name === "own") return -1;
      const index = LONGEST.findIndex((file) => moduleId.endsWith(file));
      return index === -1 ? LONGEST.length : index;
    };
    return (await super.sort(files)).sort((one, other) => position(one) - position(other));
  }
}

export default defineConfig({
  // Tests run on the sources of every package, so a failing line is the line that was written.
  ssr: { resolve: { conditions: ["@jobs/source"] } },
  resolve: {
    conditions: ["@jobs/source"],
    alias: nest === undefined ? {} : { "@nestjs": `${nest}/@nestjs` },
  },
  test: {
    // Two kinds of processes. A fresh one for each file costs as much as most files, so the rest share theirs.
    projects: [
      { extends: true, test: { name: "shared", isolate: false, include: TESTS, exclude: OWN_PROCESS } },
      { extends: true, test: { name: "own", include: OWN_PROCESS } },
    ],
    restoreMocks: true,
    unstubEnvs: true,
    disableConsoleIntercept: true,
    // Ends what hangs; what is only slow on a busy machine has to come through.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A second, which is vitest's own limit, is luck where the machine is busy.
    expect: { poll: { timeout: 10_000 } },
    // Most tests wait for a server or a process rather than for a processor.
    maxWorkers: 5,
    sequence: { sequencer: LongestFirst },
  },
});
