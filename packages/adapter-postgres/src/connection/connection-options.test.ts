import { expect, it } from "vitest";
import { postgresUrl } from "./connection-options.ts";

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
])("refuses %j without quoting the url [T4]", (url) => {
  expect(() => postgresUrl(url, ALL)).toThrow(expect.objectContaining({ code: "invalid_config" }));
  expect(() => postgresUrl(url, ALL)).not.toThrow("secret");
});
