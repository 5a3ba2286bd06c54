import { describe, expect, it } from "vitest";
import { loadDriver } from "../src/driver/sqlite-driver.ts";
import { sqlite } from "../src/index.ts";
import { peekMessages, scanMessages } from "../src/queue/peek-messages.ts";
import { Sql } from "../src/storage/shared-connection.ts";
import { temporaryFile } from "./temporary-file.ts";

const QUEUE = "work";

/** Notes how SQLite finds the rows of each statement. */
class PlannedSql extends Sql {
  readonly plans: string[] = [];

  override all<Row>(text: string, ...values: (string | number | null)[]): Row[] {
    const steps = super.all<{ readonly detail: string }>(`EXPLAIN QUERY PLAN ${text}`, ...values);
    this.plans.push(steps.map(({ detail }) => detail).join("; "));
    return super.all<Row>(text, ...values);
  }
}

describe("the pages of a large queue", () => {
  it.each([
    ["peek", peekMessages],
    ["scan", scanMessages],
  ])("begin where the last one ended, without reading what is before: %s", async (_, read) => {
    const file = temporaryFile();
    const broker = sqlite({ file });
    const ids = ["a", "b", "c", "d", "e"];
    await (await broker.openQueue(QUEUE)).send(ids.map((id) => ({ id, label: "t", body: `"${id}"` })));
    await broker.close();
    const connection = new (loadDriver())(file);
    const sql = new PlannedSql(connection);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = read(sql, QUEUE, {
        state: "ready",
        limit: 2,
        ...(cursor === undefined ? {} : { cursor }),
      });
      seen.push(...page.messages.map(({ messageId }) => messageId));
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    connection.close();
    expect(seen).toEqual(ids);
    const byPosition = "SEARCH messages USING INDEX line (queue=? AND state=? AND (rank,at,rowid)>(?,?,?))";
    const withBody = `${byPosition}; CORRELATED SCALAR SUBQUERY 1; SEARCH bodies USING INTEGER PRIMARY KEY (rowid=?)`;
    expect(sql.plans).toEqual([withBody, withBody, withBody]);
  });
});
