import { describeResults, virtualTime } from "@jobs/broker-conformance";
import type { ResultStore } from "@jobs/core/broker";
import { createVirtualClock } from "@jobs/core/testing";
import { sqliteResults } from "../src/index.ts";
import { temporaryFile, withConnection } from "./temporary-file.ts";

describeResults({
  name: "sqlite",
  createHarness: () => {
    const clock = createVirtualClock();
    const file = temporaryFile();
    const opened: ResultStore[] = [];
    return {
      time: virtualTime(clock),
      open() {
        const store = sqliteResults({ file, clock });
        opened.push(store);
        return store;
      },
      async corrupt(id, text) {
        await withConnection(file, (connection) =>
          connection.prepare("UPDATE results SET result = ? WHERE id = ?").run(text, id),
        );
        return true;
      },
      async dispose() {
        for (const store of opened) await store.close();
      },
    };
  },
});
