/** All that commands take of oclif: one module, so that the bundles of all commands share one copy of it. */
export * as Args from "@oclif/core/args";
export { Command } from "@oclif/core/command";
export * as Flags from "@oclif/core/flags";
