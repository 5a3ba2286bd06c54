import { describeMarks, virtualTime } from "@jobs/broker-conformance";
import type { Marks } from "@jobs/core";
import { createVirtualClock } from "@jobs/core/virtual-clock";
import { sqlite, sqliteResults } from "../src/index.ts";
import { temporaryFile } from "./temporary-file.ts";

interface Opened {
  readonly marks?: Marks;
  close(): Promise<void>;
}

describeMarks({
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
        return store.marks as Marks;
      },
      async dispose() {
        for (const store of opened) await store.close();
      },
    };
  },
});
