import { defineConfig } from "vitest/config";

/** A folder `node_modules` with another NestJS than ours, for the tests of its module. */
const nest = process.env.JOBS_TEST_NESTJS;

export default defineConfig({
  // Tests run on the sources of every package, so a failing line is the line that was written.
  ssr: { resolve: { conditions: ["@jobs/source"] } },
  resolve: {
    conditions: ["@jobs/source"],
    alias: nest === undefined ? {} : { "@nestjs": `${nest}/@nestjs` },
  },
  test: {
    include: [
      "packages/*/{src,test}/**/*.test.ts",
      "examples/*/test/**/*.test.ts",
      "benchmarks/{src,test}/**/*.test.ts",
      "chaos/{src,test}/**/*.test.ts",
      "test-servers/src/**/*.test.ts",
      "scripts/test/**/*.test.ts",
    ],
    disableConsoleIntercept: true,
    // Ends what hangs; what is only slow on a busy machine has to come through.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A second, which is vitest's own limit, is luck where the machine is busy.
    expect: { poll: { timeout: 10_000 } },
    // Most tests wait for a server or a process rather than for a processor.
    maxWorkers: 3,
  },
});
