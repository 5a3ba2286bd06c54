import { describeExplanations } from "@jobs/broker-conformance";
import { sqlite, sqliteResults } from "../src/index.ts";
import { temporaryFile } from "./temporary-file.ts";

describeExplanations({
  name: "sqlite",
  createWorld: () => {
    const file = temporaryFile();
    return {
      queuePrefix: "",
      openBroker: () => sqlite({ file }),
      openResults: () => sqliteResults({ file }),
      dispose: () => {},
    };
  },
});
