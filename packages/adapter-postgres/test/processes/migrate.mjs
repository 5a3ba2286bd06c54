// A process that migrates a schema when it reads a line, and says what it did.

import { once } from "node:events";
import { migrateSchema } from "@jobs/adapter-postgres";

const options = JSON.parse(process.argv[2]);
process.stdout.write("ready\n");
await once(process.stdin, "data");
process.stdin.destroy();
const { from, to } = await migrateSchema(options);
process.stdout.write(`${from} ${to}\n`);
