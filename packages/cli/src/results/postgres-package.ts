import { ConfigError } from "@jobs/core";
import { CliError } from "../output/cli-error.ts";
import { loadPackage } from "../project/adapters.ts";
import { chosenResults } from "../project/choose-results.ts";
import { type OpenedApp, openApp } from "../project/open-app.ts";
import type { FlagSettings } from "../project/open-project.ts";

type Postgres = typeof import("@jobs/results-postgres");

/** The store in Postgres that the configuration names, as its own package sees it. */
export interface PostgresStore {
  readonly package: Postgres;
  /** What the store is opened with. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** Finds it without opening it. @throws CliError `usage` when results are kept elsewhere, or nowhere */
export async function findPostgres(flags: FlagSettings): Promise<PostgresStore> {
  await using opened = await openApp({ flags, isAppOptional: true, hasBroker: false });
  const options = addressOf(opened);
  const loaded = await loadPackage("@jobs/results-postgres", opened.project.folder);
  if (typeof loaded.migrateResults !== "function") {
    throw new ConfigError("the installed @jobs/results-postgres has no migrations.", {
      hint: "Update it to the version of jobs.",
    });
  }
  return { package: loaded as unknown as Postgres, options };
}

function addressOf({ app, project }: OpenedApp): Readonly<Record<string, unknown>> {
  const chosen = chosenResults(app.config, project);
  if (chosen?.status === "address" && chosen.address.kind === "postgres") return chosen.address.options;
  throw new CliError("usage", "the configuration names no results in Postgres; no other store needs this.", {
    hint: "Name one: --results postgres://owner:password@host/database, JOBS_RESULTS, or results in the configuration file.",
  });
}
