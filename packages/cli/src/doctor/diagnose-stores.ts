import type { App } from "@jobs/core";
import { checkResultsReach, type Diagnosis, type StoreSchema } from "@jobs/core/broker";
import { brokerOf } from "../project/open-app.ts";

/** What was found about the server and the tables of one or more stores. */
export interface StoreDiagnosis {
  /** Database and schema. */
  readonly name: string;
  readonly findings: readonly Diagnosis[];
}

/** Checks the tables of broker, results and history, each once. It makes none. */
export function diagnoseStores({ broker, results, history }: App): Promise<readonly StoreDiagnosis[]> {
  const schemas = [broker, results, history].flatMap((store) => store?.schema ?? []);
  const byName = new Map<string, StoreSchema>(schemas.map((schema) => [schema.name, schema]));
  return Promise.all(
    [...byName.values()].map(async (schema) => ({ name: schema.name, findings: await schema.diagnose() })),
  );
}

/** Whether queues can be opened. To open one whose tables are missing would make the tables. */
export function hasQueueTables({ broker }: App, stores: readonly StoreDiagnosis[]): boolean {
  const own = stores.find(({ name }) => name === broker?.schema?.name);
  const version = own?.findings.find(({ check }) => check === "schema_version");
  return version === undefined || version.status === "ok";
}

/** Checks where results are, as seen from the jobs. */
export function resultsFindings(app: App): readonly Diagnosis[] {
  const { results, config } = app;
  if (results === undefined) return [];
  const broker = brokerOf(app);
  const reach = checkResultsReach({ broker, results, isLocalAllowed: config.isLocalResultsAllowed });
  const [jobs, kept] = [broker.schema?.name, results.schema?.name];
  if (jobs === undefined || kept === undefined || jobs === kept) return [reach];
  const message = `jobs are in ${jobs}, and results in ${kept}: each needs its own migration, grants and backup.`;
  return [reach, { check: "results_database", status: "ok", message }];
}
