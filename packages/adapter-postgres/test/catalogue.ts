import { askPostgres } from "./postgres-world.ts";

/** All that a schema consists of, as sorted lines: two equal lists are two equal schemas. Rows do not count. */
export async function catalogueOf(url: string, schema: string): Promise<readonly string[]> {
  const own = `(SELECT oid FROM pg_namespace WHERE nspname = '${schema}')`;
  const rows = await askPostgres(
    url,
    `SELECT format('%s %s %s', c.relkind, c.relname, c.reloptions) FROM pg_class c WHERE c.relnamespace = ${own}
    UNION ALL
    SELECT format('column %s.%s %s %s %s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
      a.attidentity, a.attcollation::regcollation, pg_get_expr(d.adbin, d.adrelid))
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE c.relnamespace = ${own} AND c.relkind IN ('r', 'S') AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid WHERE c.relnamespace = ${own}
    UNION ALL
    SELECT format('%s %s', conname, pg_get_constraintdef(oid)) FROM pg_constraint WHERE connamespace = ${own}
    UNION ALL
    SELECT format('%s %s', pg_get_functiondef(oid), proacl) FROM pg_proc WHERE pronamespace = ${own}
    ORDER BY 1`,
  );
  return rows.map(([line]) => String(line));
}
