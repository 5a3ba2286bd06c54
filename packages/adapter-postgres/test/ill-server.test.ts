import { type Illness, surviveIllnesses } from "@jobs/broker-conformance";
import { hasPostgres, startPostgresServer } from "@jobs/test-servers";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { migrateSchema, postgres } from "../src/index.ts";

/** An illness by the SQLSTATE that the server answers with, and what that means. */
interface Answer extends Omit<Illness, "answers" | "message"> {
  readonly state: string;
  readonly meaning: string;
}

/** In every password, and in the parameters of every job. */
const SECRET = "s3cret";

/** What is only answered by a server that a test cannot bring so far. A trigger answers it in its place. */
const RAISED: readonly (readonly [state: string, meaning: string, retryable: boolean])[] = [
  ["25P03", "the session was idle in a transaction for too long", true],
  ["25P04", "the transaction took too long", true],
  ["40001", "two calls waited for each other", true],
  ["40P01", "two calls waited for each other", true],
  ["53100", "its disk is full", true],
  ["53200", "it lacks memory or another resource", true],
  ["57014", "the statement took too long", true],
  ["57P02", "it has crashed", true],
  ["57P03", "it is still starting", true],
  ["57P05", "the session was idle for too long", true],
  ["58030", "its machine or its disk fails", true],
  ["XX001", "it has an internal error, or its data are damaged", true],
  ["55000", "it refuses the statement", false],
  ["0A000", "it refuses the statement", false],
];

describe.runIf(await hasPostgres({ isOwn: true }))("a Postgres that is ill", () => {
  let server: Awaited<ReturnType<typeof startPostgresServer>>;
  let boss: Client;
  /** As a role that is no superuser: such a one may do everything. */
  let url: string;

  beforeAll(async () => {
    server = await startPostgresServer({ settings: { max_connections: "20" } });
    boss = new Client({ connectionString: server.url });
    boss.on("error", () => {});
    await boss.connect();
    await ask(`CREATE ROLE app LOGIN PASSWORD '${SECRET}'`);
    await ask("GRANT ALL ON DATABASE postgres TO app");
    url = server.url.replace("postgres:postgres@", `app:${SECRET}@`);
    await migrateSchema({ url });
  });
  afterAll(async () => {
    await boss.end();
    await server[Symbol.asyncDispose]();
  });

  const ask = (sql: string) => boss.query(sql);
  const alterRole = (change: string) => ask(`ALTER ROLE app ${change}`);
  const dropSessions = () =>
    ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'");
  /** Each write of a message runs this code. */
  const trigger = async (body: string) => {
    await ask(
      `CREATE OR REPLACE FUNCTION public.ill() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${body} END $$`,
    );
    await ask(
      "CREATE OR REPLACE TRIGGER ill AFTER INSERT OR UPDATE OR DELETE ON jobs.messages EXECUTE FUNCTION public.ill()",
    );
  };
  const noTrigger = () => ask("DROP TRIGGER ill ON jobs.messages");
  const raise = (state: string) => trigger(`RAISE EXCEPTION 'ill' USING ERRCODE = '${state}';`);

  const ANSWERS: readonly Answer[] = [
    {
      state: "28P01",
      meaning: "user or password is wrong",
      code: "access_denied",
      async begin() {
        await alterRole("PASSWORD 'another'");
        await dropSessions();
      },
      end: () => alterRole(`PASSWORD '${SECRET}'`),
    },
    {
      state: "28000",
      meaning: "this user may not log in from here",
      code: "access_denied",
      async begin() {
        await alterRole("NOLOGIN");
        await dropSessions();
      },
      end: () => alterRole("LOGIN"),
    },
    {
      state: "53300",
      meaning: "it has no connection left",
      async begin() {
        await alterRole("CONNECTION LIMIT 0");
        await dropSessions();
      },
      end: () => alterRole("CONNECTION LIMIT -1"),
    },
    {
      state: "25006",
      meaning: "it takes no writes",
      async begin() {
        await alterRole("SET default_transaction_read_only = on");
        await dropSessions();
      },
      end: () => alterRole("RESET default_transaction_read_only"),
    },
    {
      state: "55P03",
      meaning: "somebody holds a table or a row for too long",
      async begin() {
        await alterRole("SET lock_timeout = '20ms'");
        await dropSessions();
        await ask("BEGIN");
        await ask("LOCK TABLE jobs.messages");
      },
      async end() {
        await alterRole("RESET lock_timeout");
        // Before the table is free, so that no session works in between.
        await dropSessions();
        await ask("COMMIT");
      },
    },
    {
      state: "42501",
      meaning: "permission denied for schema jobs",
      code: "access_denied",
      async begin() {
        await ask("ALTER SCHEMA jobs OWNER TO postgres");
        await ask("REVOKE ALL ON SCHEMA jobs FROM app");
      },
      async end() {
        await ask("ALTER SCHEMA jobs OWNER TO app");
        await ask("GRANT ALL ON SCHEMA jobs TO app");
      },
    },
    {
      state: "42P01",
      meaning: "the tables of jobs do not exist",
      code: "invalid_config",
      begin: () => ask("ALTER TABLE jobs.messages RENAME TO moved"),
      end: () => ask("ALTER TABLE jobs.moved RENAME TO messages"),
    },
    {
      state: "3F000",
      meaning: "the tables of jobs do not exist",
      code: "invalid_config",
      begin: () => ask("ALTER SCHEMA jobs RENAME TO moved"),
      end: () => ask("ALTER SCHEMA moved RENAME TO jobs"),
    },
  ];

  it("each answer is named with its fix; a worker waits, says it once, goes on, and no job is lost [F24]", async () => {
    const illnesses = ANSWERS.map((one) => ({ ...one, answers: one.state, message: messageOf(one) }));
    await surviveIllnesses(postgres({ url }), illnesses, SECRET);
  });

  it("a database that is away, and takes no connections before: a worker waits and goes on [F24]", async () => {
    await ask("CREATE DATABASE shop OWNER app");
    const shop = new URL(url);
    shop.pathname = "/shop";
    await migrateSchema({ url: shop.href });
    const allow = (isAllowed: boolean) => ask(`ALTER DATABASE shop ALLOW_CONNECTIONS ${isAllowed}`);
    const illnesses: readonly Illness[] = [
      {
        answers: "55000",
        message: /answers 55000: its database takes no connections/,
        async begin() {
          await allow(false);
          await dropSessions();
        },
        end: () => allow(true),
      },
      {
        answers: "3D000",
        message: /the database 127\.0\.0\.1:\d+\/shop does not exist/,
        code: "invalid_config",
        async begin() {
          await allow(false);
          await dropSessions();
          await ask("ALTER DATABASE shop RENAME TO moved");
        },
        async end() {
          await ask("ALTER DATABASE moved RENAME TO shop");
          await allow(true);
        },
      },
    ];
    await surviveIllnesses(postgres({ url: shop.href }), illnesses, SECRET);
  });

  it("what a disk, a memory, a crash or a limit of time makes it answer may be tried again, and says so [F24]", async () => {
    const broker = postgres({ url });
    const queue = await broker.openQueue("raised");
    const send = () => queue.send([{ id: "job", label: "work", body: "{}" }]);
    for (const [state, meaning, retryable] of RAISED) {
      await raise(state);
      await expect(send()).rejects.toMatchObject({
        code: "broker_unavailable",
        retryable,
        message: expect.stringContaining(`answers ${state}: ${meaning}`),
        hint: expect.stringMatching(/^[A-Z].*\.$/),
      });
    }
    await noTrigger();
    expect(await send()).toMatchObject([{ status: "sent" }]);
    await broker.close();
  });

  it("a call that was refused is not made when a connection is free again [F25]", async () => {
    const broker = postgres({ url, connection: { max: 1 } });
    const queue = await broker.openQueue("refused");
    const message = (id: string) => [{ id, label: "work", body: "{}" }];
    await ask("BEGIN");
    await ask("LOCK TABLE jobs.messages");
    const first = queue.send(message("first"));
    const refused = { code: "broker_unavailable", maybeSent: false };
    await expect(queue.send(message("second"), { timeoutMs: 100 })).rejects.toMatchObject(refused);
    await ask("COMMIT");
    await first;
    // It has its connection after the second, if that asks for one.
    await queue.send(message("third"));
    expect(await queue.stats()).toMatchObject({ ready: { n: 2 } });
    await broker.close();
  });

  it("a session that lost its statements, or whose tables have changed, is replaced: no call fails [F24]", async () => {
    const broker = postgres({ url });
    const queue = await broker.openQueue("stale");
    const send = (id: string) => queue.send([{ id, label: "work", body: "{}" }]);
    // As behind a pooler that gives this client the session of another one: 26000.
    await trigger("DEALLOCATE ALL; RETURN NULL;");
    for (const id of ["one", "two", "three"]) expect(await send(id)).toMatchObject([{ status: "sent" }]);
    await noTrigger();
    const peek = async () => (await queue.peek({ state: "ready", limit: 10 })).messages.length;
    expect(await peek()).toBe(3);
    // As by a migration while processes run: 0A000.
    await ask("ALTER TABLE jobs.messages ALTER COLUMN holder TYPE varchar");
    expect(await peek()).toBe(3);
    await ask("ALTER TABLE jobs.messages ALTER COLUMN holder TYPE text");
    expect(await peek()).toBe(3);
    await broker.close();
  });
});

function messageOf({ state, meaning, code }: Answer): RegExp {
  return new RegExp(code === "invalid_config" ? meaning : `${meaning}.*\\(${state}\\)|${state}: ${meaning}`);
}
