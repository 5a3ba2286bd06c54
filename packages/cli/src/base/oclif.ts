/** Everything that commands use of oclif. It is one module, so that the bundles of all commands share one copy. */
export * as Args from "@oclif/core/args";
export * as Flags from "@oclif/core/flags";
export { parse } from "@oclif/core/parser";
