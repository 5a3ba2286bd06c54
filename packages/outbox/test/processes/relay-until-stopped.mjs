// A relay from a SQLite file to Redis, as a program of its own would run it.
import { redis } from "@jobs/adapter-redis";
import { sqlite } from "@jobs/adapter-sqlite";
import { createRelay } from "@jobs/outbox";

const { file, url } = JSON.parse(process.argv[2]);
const from = sqlite({ file });
const to = redis({ url });
const onEvent = (event) => process.stdout.write(`${event.type}\n`);

// #region program
const relay = createRelay({ from, to, onEvent });
for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => relay.stop());
await relay.run();
await Promise.all([from.close(), to.close()]);
// #endregion
