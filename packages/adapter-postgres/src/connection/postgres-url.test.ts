import { expect, it } from "vitest";
import { postgresUrl, readPostgresUrl } from "./postgres-url.ts";

const ALL = {
  RESULT_DB_USER: "worker",
  RESULT_DB_PASS: "p@ss/word",
  RESULT_DB_HOST: "db.internal",
  RESULT_DB_PORT: "6000",
  RESULT_DB_NAME: "platform",
};

it("renders the whole address from the variables RESULT_DB_*, PORT and NAME where they belong [T14]", () => {
  expect(postgresUrl(undefined, ALL)).toBe("postgres://worker:p%40ss%2Fword@db.internal:6000/platform");
});

it("host and port have defaults of Postgres; an empty variable is none [T14]", () => {
  const variables = { ...ALL, RESULT_DB_HOST: undefined, RESULT_DB_PORT: "" };
  expect(postgresUrl(undefined, variables)).toBe("postgres://worker:p%40ss%2Fword@localhost:5432/platform");
});

it("a template renders what it names and keeps the rest [T4]", () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: as people write it
  const template = "postgresql://${USER}:${PASS}@replica:5433/${NAME}?sslmode=require";
  expect(postgresUrl(template, ALL)).toBe(
    "postgresql://worker:p%40ss%2Fword@replica:5433/platform?sslmode=require",
  );
});

it("what cannot be rendered names each missing field and its variable, never a value [T4]", () => {
  const render = () => postgresUrl(undefined, { RESULT_DB_PASS: "secret", RESULT_DB_NAME: "" });
  // biome-ignore lint/suspicious/noTemplateCurlyInString: as people write it
  expect(render).toThrow("unable to render the url: ${USER}, ${NAME} is not set");
  expect(render).toThrow(
    expect.objectContaining({
      code: "invalid_config",
      hint: expect.stringContaining("RESULT_DB_USER, RESULT_DB_NAME"),
    }),
  );
  expect(render).not.toThrow("secret");
});

it.each([
  "postgres://u:secret@$" + "{HSOT}/d",
  "postgres://u:secret@$" + "{}/d",
  "mysql://u:secret@h/d",
  "secret",
  "",
  "postgres://u:secret#1@h/d",
  "postgres://u:1?secret=1@h/d",
  "postgres://u:secret%@h/d",
  "postgres://u:secret@h:port/d",
  "postgres://u:secret@one,,two/d",
])("refuses %j without quoting the url [T4]", (url) => {
  const read = () => readPostgresUrl(postgresUrl(url, ALL));
  expect(read).toThrow(expect.objectContaining({ code: "invalid_config" }));
  expect(read).not.toThrow("secret");
});

it("gives the driver one url for each server, and none of the parameters that are read here", () => {
  const url =
    "postgres://u:p%40@one:1,two,[::1]:3/d?target_session_attrs=read-write&schema=s&connect_timeout=2";
  expect(readPostgresUrl(url)).toEqual({
    servers: ["postgres://u:p%40@one:1/d", "postgres://u:p%40@two/d", "postgres://u:p%40@[::1]:3/d"],
    hosts: [
      { host: "one", port: "1" },
      { host: "two", port: "" },
      { host: "[::1]", port: "3" },
    ],
    user: "u",
    database: "d",
    schema: "s",
    pooler: undefined,
    connectMs: 2_000,
    bindsChannel: undefined,
  });
});

it.each([
  ["pooler=transaction", { pooler: "transaction" }],
  ["pgbouncer=true", { pooler: "transaction" }],
  ["pgbouncer=false", { pooler: undefined }],
  ["channel_binding=require", { bindsChannel: true }],
  ["channel_binding=disable", { bindsChannel: false }],
])("reads ?%s", (query, settings) => {
  expect(readPostgresUrl(`postgres://h/d?${query}`)).toMatchObject({
    servers: ["postgres://h/d"],
    ...settings,
  });
});

it.each([
  ["application_name=web%20shop", "application_name=web%20shop"],
  ["options=-c%20search_path%3Dshop", "options=-c%20search_path%3Dshop"],
  ["sslmode=require", "sslmode=verify-full"],
  ["sslmode=verify-ca", "sslmode=verify-full"],
  ["sslmode=no-verify", "sslmode=no-verify"],
  ["sslmode=disable", "sslmode=disable"],
  ["ssl=true", "sslmode=verify-full"],
  ["ssl=false", "sslmode=disable"],
  ["ssl=true&sslmode=no-verify", "sslmode=no-verify"],
  ["sslmode=verify-full&sslrootcert=system", "sslmode=verify-full"],
  ["uselibpqcompat=true&sslmode=require", "sslmode=require&uselibpqcompat=true"],
])("tells the driver ?%s as ?%s", (query, told) => {
  expect(readPostgresUrl(`postgres://h/d?${query}`).servers).toEqual([`postgres://h/d?${told}`]);
});

it("reads the folder of a socket, with and without a user", () => {
  for (const login of ["", "u@"]) {
    expect(readPostgresUrl(`postgres://${login}/d?host=%2Fvar%2Frun`)).toMatchObject({
      servers: [`postgres://${login}/d?host=%2Fvar%2Frun`],
      hosts: [{ host: "/var/run", port: "" }],
      database: "d",
    });
  }
});

it.each([
  ["shema=x", 'has a parameter "shema" that is not known here'],
  ["statement_timeout=1", 'has a parameter "statement_timeout" that is not known here'],
  ["schema=a&schema=b", "has the parameter schema twice"],
  ["sslmode=prefer", "asks for TLS by sslmode=prefer, which is not known here"],
  ["ssl=maybe", "asks for TLS by ssl=maybe, which is not known here"],
  ["sslcert=/no/such/file", "names a file in sslcert that cannot be read"],
  ["target_session_attrs=standby", 'asks for a server that is "standby"'],
  ["connect_timeout=0", "has a connect_timeout that is no whole number of seconds from 1 on"],
  ["host=one,two", "has a list in the parameter host"],
  ["pgbouncer=1", "has a parameter pgbouncer that is neither true nor false"],
  ["channel_binding=yes", "has a channel_binding that is not known here"],
])("refuses ?%s", (query, refusal) => {
  expect(() => readPostgresUrl(`postgres://h/d?${query}`)).toThrow(`postgres: the url ${refusal}.`);
});
