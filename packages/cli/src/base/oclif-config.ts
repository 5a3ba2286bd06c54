import type { Command } from "./oclif.ts";
import { BIN } from "./program.ts";

/**
 * What oclif's `Command` reads of its configuration, without loading any of it: finding and loading plugins would cost
 * more than most commands take to run. There are no plugins, hooks or themes here.
 */
const slim = {
  bin: BIN,
  topicSeparator: " ",
  userAgent: BIN,
  runHook: async () => ({ successes: [], failures: [] }),
  scopedEnvVar: () => undefined,
  scopedEnvVarKey: (name: string) => `${BIN.toUpperCase()}_${name}`,
  scopedEnvVarKeys: () => [],
  scopedEnvVarTrue: () => false,
};

/** Passed to every command's constructor. */
export const oclifConfig = slim as unknown as ConstructorParameters<typeof Command>[1];
