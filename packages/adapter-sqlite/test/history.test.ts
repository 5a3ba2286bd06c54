import { describeHistory, virtualTime } from "@jobs/broker-conformance";
import type { HistoryStore } from "@jobs/core/broker";
import { createVirtualClock } from "@jobs/core/testing";
import { sqliteHistory } from "../src/index.ts";
import { temporaryFile, withConnection } from "./temporary-file.ts";

describeHistory({
  name: "sqlite",
  createHarness: () => {
    const clock = createVirtualClock();
    const file = temporaryFile();
    const opened: HistoryStore[] = [];
    return {
      time: virtualTime(clock),
      open() {
        const store = sqliteHistory({ file, clock });
        opened.push(store);
        return store;
      },
      async corrupt(id, text) {
        await withConnection(file, (connection) =>
          connection.prepare("UPDATE history_jobs SET job = ? WHERE id = ?").run(text, id),
        );
        return true;
      },
      async dispose() {
        for (const store of opened) await store.close();
      },
    };
  },
});
