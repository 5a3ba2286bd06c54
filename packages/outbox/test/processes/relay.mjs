// A relay from a SQLite file to Redis; says each batch that it has moved.
import { redis } from "@jobs/adapter-redis";
import { sqlite } from "@jobs/adapter-sqlite";
import { createRelay } from "@jobs/outbox";

const { file, url } = JSON.parse(process.argv[2]);
const from = sqlite({ file });
const to = redis({ url });
const relay = createRelay({
  from,
  to,
  untilEmpty: true,
  takeoverMs: 900,
  onEvent: (event) => process.stdout.write(`${event.type}\n`),
});
await relay.run();
await Promise.all([from.close(), to.close()]);
