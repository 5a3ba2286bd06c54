import { describeMonitor, type SeenJob } from "@jobs/broker-conformance";
import { loadDriver } from "../src/driver/sqlite-driver.ts";
import { sqliteMonitor } from "../src/index.ts";
import { temporaryFile } from "./temporary-file.ts";

const connect = loadDriver();

describeMonitor({
  name: "sqlite",
  createHarness: () => {
    const file = temporaryFile();
    const query = async <Row>(sql: string): Promise<readonly Row[]> => {
      const connection = new connect(file);
      try {
        return connection
          .prepare(sql)
          .all()
          .map((row) => ({ ...(row as Row) }));
      } finally {
        connection.close();
      }
    };
    return {
      sink: sqliteMonitor({ file }),
      async eventIds() {
        const rows = await query<{ readonly event_id: string }>("SELECT event_id FROM monitor_events");
        return rows.map((row) => row.event_id);
      },
      jobs: () =>
        query<SeenJob>("SELECT id, task, queue, state, attempt, error FROM monitor_jobs ORDER BY id"),
      dispose: () => {},
    };
  },
});
