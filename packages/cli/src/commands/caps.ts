import { formatDuration } from "@jobs/core/config";
import { GLOBAL_FLAGS, PROJECT_FLAGS, TIMEOUT_FLAG } from "../base/global-flags.ts";
import { JobsCommand } from "../base/jobs-command.ts";
import { QUEUES_FLAG } from "../base/name-flags.ts";
import { withApp } from "../base/with-app.ts";
import { brokerOf } from "../project/open-app.ts";
import { selectQueues } from "../queues/selected-queues.ts";

export default class Caps extends JobsCommand {
  static override flags = { ...QUEUES_FLAG, ...PROJECT_FLAGS, ...TIMEOUT_FLAG, ...GLOBAL_FLAGS };
  static override examples = ["jobs caps --broker sqlite"];

  async run(): Promise<void> {
    const { flags } = await this.parse(Caps);
    await withApp({ flags, isAppOptional: true, use: "run" }, async ({ app }) => {
      const queues = await selectQueues(app, flags.queues);
      const described = queues.map(({ name, queue }) => ({ name, capabilities: queue.capabilities }));
      if (this.output.isJson) {
        this.output.json({ schema: "jobs.caps/1", broker: brokerOf(app).kind, queues: described });
        return;
      }
      const { tableLines } = await import("../output/table.ts");
      const names = Object.keys(described[0]?.capabilities ?? {});
      const rows = names.map((name) => [
        name,
        ...described.map(({ capabilities }) => capabilityText(Reflect.get(capabilities, name), name)),
      ]);
      const columns = [brokerOf(app).kind, ...described.map(({ name }) => name)].map((title) => ({
        title,
      }));
      for (const line of tableLines(columns, rows)) this.output.line(line);
    });
  }
}

/** A declared capability in a few words. A number is a duration in ms if its name ends in `Ms`. */
export function capabilityText(value: unknown, name = ""): string {
  if (value === null) return "no limit";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (value === Number.POSITIVE_INFINITY) return "no limit";
  if (typeof value === "number") return name.endsWith("Ms") ? formatDuration(value) : String(value);
  if (typeof value !== "object") return String(value);
  return Object.entries(value)
    .map(([key, part]) => `${key} ${capabilityText(part, key)}`)
    .join(", ");
}
