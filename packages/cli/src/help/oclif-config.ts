import type { CommandHelp } from "@oclif/core/help";
import { BIN } from "../base/program.ts";

/** What the help reads of oclif's configuration, without loading any of it: there are no plugins or themes here. */
const read = { bin: BIN, topicSeparator: " " };

/** Passed to the help of every command. */
export const oclifConfig = read as unknown as ConstructorParameters<typeof CommandHelp>[1];
