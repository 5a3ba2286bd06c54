import type { TableNames } from "./table-names.ts";

/**
 * Results are kept as `json`, which stores the text as it came: `jsonb` refuses NUL and lone surrogates, and both are
 * JSON.
 */
function firstTables({ results, marks }: TableNames): string {
  return `
    CREATE TABLE ${results} (
      id text PRIMARY KEY,
      status text NOT NULL,
      result json NOT NULL,
      expires_at timestamptz
    );
    CREATE INDEX result_expiry ON ${results} (expires_at) WHERE expires_at IS NOT NULL;
    CREATE TABLE ${marks} (
      set_name text NOT NULL,
      name text NOT NULL,
      value text NOT NULL,
      expires_at timestamptz NOT NULL,
      PRIMARY KEY (set_name, name)
    );
    CREATE INDEX mark_expiry ON ${marks} (expires_at);
  `;
}

/** Entry n brings a schema from version n to n + 1. Entries are never edited, only added. */
export const MIGRATIONS: readonly ((tables: TableNames) => string)[] = [firstTables];
