import { readdirSync, readlinkSync } from "node:fs";
import { sqlite } from "../../dist/index.js";
import { broker as first, options, say } from "./options.mjs";

/** Opens and closes the file many times with a send each, and tells which descriptors of it are left. */
const folder = options.file.slice(0, options.file.lastIndexOf("/"));
await first.close();
for (let n = 0; n < options.times; n++) {
  const broker = sqlite({ file: options.file });
  const queue = await broker.openQueue("work");
  await queue.send([{ id: `job-${n}`, label: "test", body: JSON.stringify({ n }) }]);
  await broker.close();
}
const left = readdirSync("/proc/self/fd").filter((fd) => {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`).startsWith(folder);
  } catch {
    return false;
  }
});
say(JSON.stringify({ left: left.length, files: readdirSync(folder).sort() }));
