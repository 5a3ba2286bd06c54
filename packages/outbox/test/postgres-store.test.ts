import { memory } from "@jobs/adapter-memory";
import { postgres } from "@jobs/adapter-postgres";
import { createApp, defineTask } from "@jobs/core";
import { hasPostgres, startPostgresServer } from "@jobs/test-servers";
import { Client } from "pg";
import { expect, it } from "vitest";
import { createOutbox, createRelay } from "../src/index.ts";

const mail = defineTask("mail", { order: "integer" }, { queue: "mails" });

it.runIf(await hasPostgres())("an outbox in Postgres sends what is committed, in its order", async () => {
  await using server = await startPostgresServer();
  const options = { url: server.url, schema: `outbox_${process.pid}` };
  const target = memory();
  const client = new Client({ connectionString: server.url });
  await client.connect();
  const ids = ["first", "second", "third"];
  {
    await using app = createApp({
      broker: createOutbox({ broker: memory(), store: postgres(options) }),
      tasks: [mail],
    });
    for (const [order, id] of [...ids, "gone"].entries()) {
      await client.query("BEGIN");
      await app.enqueue(mail, { order }, { transaction: client, id });
      await client.query(id === "gone" ? "ROLLBACK" : "COMMIT");
    }
  }
  const from = postgres(options);
  expect(await createRelay({ from, to: target, untilEmpty: true }).run()).toEqual({ sent: 3, refused: 0 });
  const { messages } = await (await target.openQueue("mails")).peek({ state: "ready", limit: 10 });
  expect(messages.map(({ messageId }) => messageId)).toEqual(ids);
  await from.close();
  await client.query(`DROP SCHEMA ${options.schema} CASCADE`);
  await client.end();
});
