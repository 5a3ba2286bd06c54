/** All that commands take of oclif: one module, so that the bundles of all commands share one copy of it. */
export * as Args from "@oclif/core/args";
export * as Flags from "@oclif/core/flags";
export { parse } from "@oclif/core/parser";
