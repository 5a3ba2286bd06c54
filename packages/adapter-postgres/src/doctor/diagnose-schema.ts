import { CALL_TIMEOUT_MS, type Diagnosis } from "@jobs/core/broker";
import { systemClock } from "@jobs/core/runtime";
import type { Client, QueryResultRow } from "pg";
import type { ConnectionSettings } from "../connection/connection-options.ts";
import { withClient } from "../connection/single-client.ts";
import { schemaVersion } from "../schema/migrate.ts";
import { MIGRATIONS } from "../schema/migrations.ts";
import { type TableNames, tableNames } from "../schema/table-names.ts";
import {
  OWN_RIGHTS,
  rightsFindings,
  SCHEMA_FACTS,
  type SchemaFacts,
  versionFinding,
} from "./schema-findings.ts";
import { SERVER_FACTS, type ServerFacts, serverFindings } from "./server-findings.ts";
import {
  deadRowFindings,
  LONG_S,
  LONG_TRANSACTIONS,
  type LongTransaction,
  TABLE_FACTS,
  type TableFacts,
  transactionFindings,
} from "./table-findings.ts";

/**
 * Checks a server and the tables of one schema, with the rights of the role that connects. It changes nothing, and
 * makes no table. @throws BrokerUnavailableError · AccessDeniedError for a refused login
 */
export function diagnoseSchema(settings: ConnectionSettings): Promise<readonly Diagnosis[]> {
  const tables = tableNames(settings.schema);
  return withClient(settings, CALL_TIMEOUT_MS, async (client) => {
    const askedAt = systemClock.now();
    const server = await one<ServerFacts>(client, SERVER_FACTS);
    const connection = {
      namedPid: Reflect.get(client, "processID") ?? undefined,
      hasPooler: settings.pooler !== undefined,
      askedAt,
      answeredAt: systemClock.now(),
      address: settings.address,
    };
    const long = await all<LongTransaction>(client, LONG_TRANSACTIONS, [LONG_S]);
    return [
      ...serverFindings(server, connection),
      ...transactionFindings(server, long),
      ...(await findingsOfTables(client, tables)),
    ];
  });
}

async function findingsOfTables(client: Client, tables: TableNames): Promise<readonly Diagnosis[]> {
  const { schemaName, migrations } = tables;
  const facts = await schemaFacts(client, tables);
  const version = versionFinding(facts, tables);
  if (facts.version !== MIGRATIONS.length) return [version];
  const granted = await all<{ readonly granted: string }>(client, OWN_RIGHTS, [schemaName]);
  const rows = await all<TableFacts>(client, TABLE_FACTS, [schemaName]);
  return [
    version,
    ...rightsFindings(new Set(granted.map((right) => right.granted)), facts.role, tables),
    ...deadRowFindings(
      rows.filter(({ name }) => !migrations.endsWith(name)),
      tables,
    ),
  ];
}

async function schemaFacts(client: Client, tables: TableNames): Promise<SchemaFacts> {
  const { schemaName, migrations } = tables;
  const table = migrations.slice(migrations.indexOf(".") + 1);
  const facts = await one<Omit<SchemaFacts, "version"> & { readonly may_read: boolean }>(
    client,
    SCHEMA_FACTS,
    [schemaName, table],
  );
  const mayRead = facts.may_use && facts.may_read;
  return { ...facts, version: mayRead ? await schemaVersion(client, tables) : undefined };
}

async function all<Row extends QueryResultRow>(
  client: Client,
  text: string,
  values: readonly unknown[] = [],
): Promise<readonly Row[]> {
  return (await client.query<Row>(text, [...values])).rows;
}

async function one<Row extends QueryResultRow>(
  client: Client,
  text: string,
  values: readonly unknown[] = [],
): Promise<Row> {
  const [row] = await all<Row>(client, text, values);
  return row as Row;
}
