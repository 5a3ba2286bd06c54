import type { App } from "@jobs/core";
import { type Infrastructure, type QueueNeeds, routedQueue } from "@jobs/core/broker";
import { durationFlag, GLOBAL_FLAGS, PROJECT_FLAGS } from "../../base/global-flags.ts";
import { JobsCommand } from "../../base/jobs-command.ts";
import { Flags } from "../../base/oclif.ts";
import { longestLifeMs } from "../../doctor/longest-life.ts";
import { CliError } from "../../output/cli-error.ts";
import { addressOfKind } from "../../project/adapter-address.ts";
import { type AdapterSources, installedAdapters } from "../../project/find-adapter.ts";
import { openApp } from "../../project/open-app.ts";

export default class InfraPrint extends JobsCommand {
  static override flags = {
    format: Flags.string({
      description:
        "cloudformation is YAML, terraform is for a file .tf.json, iam is the policies alone; the broker's adapter knows them.",
      helpValue: "FORMAT",
      required: true,
    }),
    account: Flags.string({ description: "Account of the queues, for iam. Default: any.", helpValue: "ID" }),
    "longest-delay": durationFlag({ description: "The longest delay that jobs are enqueued with." }),
    ...PROJECT_FLAGS,
    ...GLOBAL_FLAGS,
  };
  static override examples = [
    "jobs infra print --format cloudformation > queues.yaml",
    "jobs infra print --format terraform --prefix acme- > queues.tf.json",
    "jobs infra print --format iam --region eu-west-1 --account 123456789012",
  ];

  async run(): Promise<void> {
    const { flags } = await this.parse(InfraPrint);
    await using opened = await openApp({ flags, hasBroker: false });
    const { app, project } = opened;
    const infrastructure = await chooseInfrastructure(flags.broker, project);
    const { region, account, format } = flags;
    const written = writtenAs(format, infrastructure);
    const document = infrastructure.describe(format, {
      queues: app.queues.map((queue) => queueNeeds(app, queue, flags["longest-delay"] ?? 0)),
      queuePrefix: app.config.queuePrefix,
      leaseMs: app.config.worker.leaseMs,
      region,
      account,
    });
    if (this.output.isJson) this.output.json(document);
    else this.output.raw(await textOf(document, written));
  }
}

/** The adapter of the named broker. Without a name: the only installed adapter that needs existing queues. */
async function chooseInfrastructure(
  named: string | undefined,
  sources: AdapterSources,
): Promise<Infrastructure> {
  const able = installedAdapters(sources.folder).filter(({ hasInfrastructure = false }) => hasInfrastructure);
  const [only] = able.length === 1 ? able : able.filter(({ kind }) => kind === named);
  const infrastructure =
    only && (await addressOfKind({ kind: only.kind }, "broker", sources)).adapter.infrastructure;
  if (infrastructure !== undefined) return infrastructure;
  const kinds = able.map(({ kind }) => kind).join(", ");
  throw new CliError("usage", "it is not clear which broker the queues are for.", {
    hint: kinds === "" ? "No installed adapter needs queues beforehand." : `Name one by --broker: ${kinds}.`,
  });
}

function writtenAs(format: string, { formats }: Infrastructure): "json" | "yaml" {
  const written = Object.hasOwn(formats, format) ? formats[format] : undefined;
  if (written !== undefined) return written;
  throw new CliError("usage", `--format must be one of ${Object.keys(formats).join(", ")}.`);
}

function queueNeeds({ tasks, config }: App, queue: string, longestDelayMs: number): QueueNeeds {
  const settings = tasks.tasks
    .map(({ name }) => config.task(name))
    .filter((task) => routedQueue(task.queue, task.domain) === queue);
  return {
    name: queue,
    maxAttempts: Math.max(1, ...settings.map(({ maxAttempts }) => maxAttempts)),
    longestLifeMs: longestDelayMs + Math.max(0, ...settings.map(longestLifeMs)),
  };
}

async function textOf(document: object, written: "json" | "yaml"): Promise<string> {
  if (written === "json") return `${JSON.stringify(document, null, 2)}\n`;
  const { stringifyYAML } = await import("confbox/yaml");
  return stringifyYAML(document, { noRefs: true });
}
