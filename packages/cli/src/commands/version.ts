import { GLOBAL_FLAGS } from "../base/global-flags.ts";
import { JobsCommand } from "../base/jobs-command.ts";
import { BIN, VERSION } from "../base/program.ts";

export default class Version extends JobsCommand {
  static override flags = { ...GLOBAL_FLAGS };
  static override examples = ["jobs version --json"];

  async run(): Promise<void> {
    await this.parse(Version);
    const versions = {
      version: VERSION,
      node: process.version,
      platform: `${process.platform}-${process.arch}`,
    };
    if (this.output.isJson) this.output.json({ schema: "jobs.version/1", ...versions });
    else this.output.line(`${BIN} ${versions.version}, Node ${versions.node}, ${versions.platform}`);
  }
}
