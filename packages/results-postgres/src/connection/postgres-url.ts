import { ConfigError } from "@jobs/core";

/** The whole URL from variables, for deployments that set each part. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: this is the notation that people write in their settings.
const TEMPLATE = "postgres://${USER}:${PASS}@${HOST}:${PORT}/${NAME}";

/** Defaults of parts. User, password and database are never guessed. */
const DEFAULTS: Readonly<Record<string, string>> = { HOST: "localhost", PORT: "5432" };

const FIELDS = ["USER", "PASS", "HOST", "PORT", "NAME"];

/** `${USER}` in a URL is the variable RESULT_DB_USER. */
const PREFIX = "RESULT_DB_";

/**
 * A URL with its `${…}` filled in from the variables RESULT_DB_*, whose values may hold any character.
 * @throws ConfigError naming every field that is missing or unknown, never a value
 */
export function postgresUrl(
  template: string = TEMPLATE,
  variables: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const fieldValue = (field: string) => variables[PREFIX + field] || DEFAULTS[field];
  const fields = [...template.matchAll(/\$\{([^{}]*)\}/g)].map(([, field = ""]) => field);
  const unknown = fields.filter((field) => !FIELDS.includes(field));
  if (unknown.length > 0) {
    throw new ConfigError(`postgres: the url names ${list(unknown)}, which is not a known field.`, {
      hint: `Known fields: ${FIELDS.map((field) => `\${${field}}`).join(" ")}.`,
    });
  }
  const missing = fields.filter((field) => fieldValue(field) === undefined);
  if (missing.length > 0) {
    throw new ConfigError(`postgres: unable to render the url: ${list(missing)} is not set.`, {
      hint: `Set ${missing.map((field) => PREFIX + field).join(", ")}, or write the whole url.`,
    });
  }
  const url = template.replace(/\$\{([^{}]*)\}/g, (_, field: string) =>
    encodeURIComponent(fieldValue(field) ?? ""),
  );
  if (URL.canParse(url) && /^postgres(?:ql)?:$/.test(new URL(url).protocol)) return url;
  throw new ConfigError("postgres: the url is not one of Postgres.", {
    hint: "Write postgres://user:password@host:port/database; escape special characters in it (%40 for @).",
  });
}

function list(fields: readonly string[]): string {
  return fields.map((field) => `\${${field}}`).join(", ");
}
