import { hasPostgres } from "@jobs/test-servers";
import { Client } from "pg";
import { afterAll, describe, expect, it } from "vitest";
import { PostgresWorld, sharedServer } from "./postgres-world.ts";

const isAvailable = await hasPostgres();
const server = await sharedServer(isAvailable);

const TEN = Array(10).fill(0);

/** Calls of functions that find messages by their ids; `null` stands for what an ack leaves out. */
const CALLS: Readonly<Record<string, readonly unknown[]>> = {
  settle_and_receive: [
    ...["mail", ["a"], ["1"], null, null, null, null, null],
    ...[5, "2", 1_000, "me", 0, null, null, TEN, TEN, null, false],
  ],
  extend_leases: ["mail", ["a"], ["1"], 1_000],
  remove_messages: ["mail", ["a"]],
};

/** The plans of the statements in one call of a function, in a schema without messages. */
async function plansOf(name: string, values: readonly unknown[]): Promise<string> {
  await using world = new PostgresWorld(server.url);
  await world.broker().openQueue("mail");
  const client = new Client({ connectionString: world.url });
  const plans: string[] = [];
  client.on("notice", ({ message = "" }) => plans.push(message));
  await client.connect();
  await client.query("LOAD 'auto_explain'");
  const settings = { log_min_duration: 0, log_nested_statements: "on", log_level: "notice" };
  for (const [setting, value] of Object.entries(settings))
    await client.query(`SET auto_explain.${setting} = ${value}`);
  const parameters = values.map((_, index) => `$${index + 1}`).join(", ");
  await client.query(`SELECT ${world.schema}.open_queue('mail')`);
  await client.query(`SELECT * FROM ${world.schema}.${name}(${parameters})`, [...values]);
  await client.end();
  return plans.join("\n");
}

describe.runIf(isAvailable)("plans", () => {
  afterAll(() => server.end());

  it.each(Object.entries(CALLS))(
    "%s reads the primary key by ids alone, also in a plan for an empty table",
    async (name, values) => {
      const scans = (await plansOf(name, values)).split("using messages_pkey").slice(1);
      expect(scans.length).toBeGreaterThan(0);
      for (const scan of scans) expect(scan.split("\n")[1]).toMatch(/Index Cond: .*\(id = ANY/);
    },
  );

  it("receive_next reads messages by their places, and ranges of one index", async () => {
    const acks = ['{"(0,1)"}', "{1}", "{1}"];
    const plans = await plansOf("receive_next", ["mail", 1, ...acks, 5, "2", 1_000, "me", 1, 33]);
    expect(plans.match(/Tid Scan on messages/g)).toHaveLength(2);
    expect(plans).toMatch(/using messages_ready .*\n\s*Index Cond: .*\(seq >= .*\(seq < /);
    expect(plans.match(/Scan .*on messages /g)).toHaveLength(4);
    expect(plans.match(/using messages_ready /g)).toHaveLength(2);
  });
});
