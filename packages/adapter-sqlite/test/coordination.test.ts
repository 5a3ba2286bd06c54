import { describeCoordination, virtualTime } from "@jobs/broker-conformance";
import type { CoordinationStore } from "@jobs/core/broker";
import { createVirtualClock } from "@jobs/core/testing";
import { sqlite, sqliteResults } from "../src/index.ts";
import { temporaryFile } from "./temporary-file.ts";

interface Opened {
  readonly coordination?: CoordinationStore;
  close(): Promise<void>;
}

describeCoordination({
  name: "sqlite, beside jobs and beside results",
  createHarness: () => {
    const clock = createVirtualClock();
    const file = temporaryFile();
    const opened: Opened[] = [];
    return {
      time: virtualTime(clock),
      open() {
        const store = opened.length % 2 === 0 ? sqlite({ file, clock }) : sqliteResults({ file, clock });
        opened.push(store);
        return store.coordination as CoordinationStore;
      },
      async dispose() {
        for (const store of opened) await store.close();
      },
    };
  },
});
