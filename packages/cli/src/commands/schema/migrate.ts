import type { SchemaMigration, SchemaMigrationOptions, StoreSchema } from "@jobs/core/broker";
import { countOf } from "@jobs/core/config";
import { DRY_RUN_FLAG, GLOBAL_FLAGS, PROJECT_FLAGS, YES_FLAG } from "../../base/global-flags.ts";
import { JobsCommand } from "../../base/jobs-command.ts";
import { Flags } from "../../base/oclif.ts";
import { CliError } from "../../output/cli-error.ts";
import { confirm } from "../../output/confirm.ts";
import { chooseSchemas } from "../../project/chosen-schemas.ts";
import { openApp } from "../../project/open-app.ts";

export default class SchemaMigrate extends JobsCommand {
  static override flags = {
    to: Flags.integer({
      description:
        "Version to reach: a lower one takes steps back, 0 removes all tables. Default: the newest.",
      helpValue: "VERSION",
      min: 0,
    }),
    ...YES_FLAG,
    ...DRY_RUN_FLAG,
    ...PROJECT_FLAGS,
    ...GLOBAL_FLAGS,
  };
  static override examples = [
    "jobs schema migrate --broker postgres://owner@db/shop",
    "jobs schema migrate --to 5 --dry-run > back.sql",
  ];

  async run(): Promise<void> {
    const { flags } = await this.parse(SchemaMigrate);
    const { "dry-run": isDryRun, yes: isYes, ...project } = flags;
    await using opened = await openApp({ flags: project, isAppOptional: true, hasBroker: false });
    await using chosen = await chooseSchemas(opened);
    const stores: (SchemaMigration & { readonly name: string })[] = [];
    for (const schema of chosen.schemas) {
      const wanted = { to: versionFor(schema, flags.to) };
      const planned = await schema.migrate({ ...wanted, isDryRun: true });
      if (!isDryRun && planned.removed.length > 0)
        await confirm(`Remove ${textOf(planned)} of ${schema.name} for good?`, { isYes });
      const migrated = isDryRun ? planned : await migrateAs(planned, schema, wanted);
      stores.push({ name: schema.name, ...migrated });
      if (!this.output.isJson) this.#print(schema.name, migrated, isDryRun);
    }
    if (this.output.isJson) this.output.json({ schema: "jobs.schema-migrate/1", stores, isDryRun });
  }

  /** A dry run is a script for psql, so that what is no statement is a comment. */
  #print(name: string, migration: SchemaMigration, isDryRun: boolean): void {
    const { from, to, removed, statements } = migration;
    const comment = isDryRun ? "-- " : "";
    if (from === to) return this.output.line(`${comment}${name}: nothing to do, it has version ${to}`);
    const done = isDryRun ? "would migrate" : "migrated";
    const loss = removed.length === 0 ? "" : `, ${isDryRun ? "removing" : "removed"} ${textOf(migration)}`;
    this.output.line(`${comment}${name}: ${done} from version ${from} to ${to}${loss}`);
    if (isDryRun) for (const statement of statements) this.output.raw(`${statement.trim()}\n`);
  }
}

/** @throws CliError `usage` for a version that this release does not know */
function versionFor({ name, newest }: StoreSchema, to: number = newest): number {
  if (to <= newest) return to;
  throw new CliError("usage", `--to ${to} is unknown: the newest version of ${name} is ${newest} here.`, {
    hint: "Take a lower one, or update the adapter.",
  });
}

/** A step that was to remove nothing is refused when records have come since. */
function migrateAs(
  { removed }: SchemaMigration,
  schema: StoreSchema,
  wanted: SchemaMigrationOptions,
): Promise<SchemaMigration> {
  return schema.migrate({ ...wanted, mayRemoveRecords: removed.length > 0 });
}

function textOf({ removed }: SchemaMigration): string {
  return removed.map(({ count, kind }) => countOf(count, kind)).join(", ");
}
