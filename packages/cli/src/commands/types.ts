import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { resolveConfig } from "@jobs/core/config";
import { GLOBAL_FLAGS, PROJECT_FLAGS } from "../base/global-flags.ts";
import { JobsCommand } from "../base/jobs-command.ts";
import { Flags } from "../base/oclif.ts";
import { asCalled } from "../base/program.ts";
import { toggle } from "../base/toggle.ts";
import { accessReason, readTextFileSync } from "../input/read-text.ts";
import { LOCK_FILE, readLock } from "../lock/lock-file.ts";
import type { Lock } from "../lock/task-lock.ts";
import { CliError } from "../output/cli-error.ts";
import { EXIT, type ExitCode } from "../output/exit-codes.ts";
import { writtenKind } from "../project/choose-broker.ts";
import { openProject, type Project } from "../project/open-project.ts";

/** What a lock can be written as. */
const FORMATS = ["dts", "ts", "json-schema", "asyncapi"] as const;

type Format = (typeof FORMATS)[number];

export default class Types extends JobsCommand {
  static override flags = {
    from: Flags.string({
      description: `The lock that jobs lock wrote. Default: ${LOCK_FILE} beside the configuration.`,
      helpValue: "FILE",
    }),
    out: Flags.string({ description: "Write this file. Default: print the text.", helpValue: "FILE" }),
    format: Flags.option({
      description:
        "dts: types alone; ts: a module with the tasks, which also checks; json-schema; asyncapi. Default: by the name of the file, else dts.",
      options: FORMATS,
    })(),
    check: toggle({ description: "Write nothing; exit 1 when the file of --out is not current." }),
    ...PROJECT_FLAGS,
    ...GLOBAL_FLAGS,
  };
  static override examples = [
    "jobs types --from jobs.lock.json --out jobs.d.ts",
    "jobs types --out src/tasks.ts --check",
    "jobs types --format json-schema",
    "jobs types --format asyncapi --broker sqs --prefix acme- --out asyncapi.json",
  ];

  async run(): Promise<ExitCode> {
    const { flags } = await this.parse(Types);
    const { out, check } = flags;
    const format = flags.format ?? formatOf(out);
    const project = await openProject(flags);
    const text = await textOf(format, lockOf(flags.from, project), project);
    if (out === undefined && check) {
      throw new CliError("usage", "--check compares a file, and none is named.", {
        hint: "Name it by --out.",
      });
    }
    if (out === undefined) {
      if (this.output.isJson) this.output.json({ schema: "jobs.types/1", format, text });
      else this.output.raw(text);
      return EXIT.ok;
    }
    const path = resolve(out);
    const before = readTextFileSync(path);
    const isCurrent = before.status === "ok" && before.text === text;
    if (!isCurrent && !check) write(path, out, text);
    if (this.output.isJson) this.output.json({ schema: "jobs.types/1", format, file: out, isCurrent });
    else if (isCurrent) this.output.line(`${out} is current.`);
    else if (check)
      this.output.line(asCalled(`${out} is not current; jobs types without --check writes it.`));
    else this.output.line(`wrote ${out}`);
    return isCurrent || !check ? EXIT.ok : EXIT.no;
  }
}

/** The format that the name of a file asks for. @throws CliError `usage` for a name of another kind */
function formatOf(file: string | undefined): Format {
  if (file === undefined || /\.d\.[cm]?ts$/.test(file)) return "dts";
  if (/\.[cm]?ts$/.test(file)) return "ts";
  throw new CliError("usage", "--format is missing: the name of the file does not say what to write.", {
    hint: "Name a file .d.ts or .ts, or a format: json-schema or asyncapi.",
  });
}

function lockOf(from: string | undefined, { folder }: Project): Lock {
  const lock = readLock(from === undefined ? join(folder, LOCK_FILE) : resolve(from), from ?? LOCK_FILE);
  if (lock !== undefined) return lock;
  throw new CliError("usage", `there is no ${from ?? LOCK_FILE}.`, {
    hint: "Name the file that jobs lock wrote, in the repository of the tasks: --from FILE.",
  });
}

/** Each format is loaded when it is asked for. */
async function textOf(format: Format, lock: Lock, project: Project): Promise<string> {
  switch (format) {
    case "dts":
      return (await import("../types/task-types.ts")).declarations(lock);
    case "ts":
      return (await import("../types/task-types.ts")).taskModule(lock);
    case "json-schema":
      return jsonText((await import("../types/json-schema-document.ts")).jsonSchemaDocument(lock));
    case "asyncapi": {
      const config = resolveConfig(project.layers);
      const target = { prefix: config.queuePrefix, broker: writtenKind(config, project) };
      return jsonText((await import("../types/asyncapi-document.ts")).asyncapiDocument(lock, target));
    }
  }
}

function jsonText(document: unknown): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

function write(path: string, shown: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (cause) {
    throw new CliError("usage", `--out: ${shown} cannot be written: ${accessReason(cause)}.`, { cause });
  }
}
