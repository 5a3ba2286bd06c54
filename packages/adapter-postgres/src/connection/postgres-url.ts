import { accessSync, constants } from "node:fs";
import { ConfigError } from "@jobs/core";

/** What a URL says about the servers and the connections to them. */
export interface UrlSettings {
  /** A URL for the driver for each server, in the order of the list. */
  readonly servers: readonly string[];
  /** The same for errors; a text is empty where the driver has a default. */
  readonly hosts: readonly { readonly host: string; readonly port: string }[];
  readonly user: string;
  readonly database: string;
  /** As the options of the same names. */
  readonly schema: string | undefined;
  readonly pooler: string | undefined;
  /** Time limit for a new connection, in ms. */
  readonly connectMs: number | undefined;
  /** Whether a login is bound to the TLS connection where the server offers it. */
  readonly bindsChannel: boolean | undefined;
}

/** The whole URL from variables, for deployments that set each part. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: this is the notation that people write in their settings.
const TEMPLATE = "postgres://${USER}:${PASS}@${HOST}:${PORT}/${NAME}";

/** Defaults of parts. User, password and database are never guessed. */
const DEFAULT_FIELDS: Readonly<Record<string, string>> = { HOST: "localhost", PORT: "5432" };

const FIELDS = ["USER", "PASS", "HOST", "PORT", "NAME"];

/** `${USER}` in a URL is the variable RESULT_DB_USER. */
const PREFIX = "RESULT_DB_";

/** A URL of Postgres has a list of servers where others have one. */
const FORM =
  /^(?<scheme>postgres(?:ql)?:\/\/)(?<login>[^/?#]*@)?(?<hosts>[^/?#@]*)(?<path>\/[^?#]*)?(?:\?(?<query>[^#]*))?(?<hash>#.*)?$/s;

/** Parameters that the driver reads as they are. */
const OF_DRIVER = ["application_name", "options", "host", "port", "sslnegotiation"];

/** Parameters that name a file. */
const FILES = ["sslcert", "sslkey", "sslrootcert"];

/** Parameters with a meaning here. */
const KNOWN = [
  ...["schema", "pooler", "pgbouncer", "target_session_attrs", "connect_timeout"],
  ...["channel_binding", "ssl", "sslmode", "uselibpqcompat"],
  ...FILES,
  ...OF_DRIVER,
];

/**
 * A URL with its `${…}` filled in from the variables RESULT_DB_*, whose values may hold any character.
 * @throws ConfigError naming every field that is missing or unknown, never a value
 */
export function postgresUrl(
  template: string = TEMPLATE,
  variables: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const fieldValue = (field: string) => variables[PREFIX + field] || DEFAULT_FIELDS[field];
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
  return template.replace(/\$\{([^{}]*)\}/g, (_, field: string) =>
    encodeURIComponent(fieldValue(field) ?? ""),
  );
}

function list(fields: readonly string[]): string {
  return fields.map((field) => `\${${field}}`).join(", ");
}

/**
 * Reads a URL: one server or several, and the parameters. The driver ignores or misreads some of them, so each has a
 * meaning here or is refused. @throws ConfigError that quotes neither the URL nor what may be a part of a password
 */
export function readPostgresUrl(url: string): UrlSettings {
  const parts = FORM.exec(url)?.groups;
  if (parts === undefined) throw refused("is not one of Postgres");
  const { scheme = "", login = "", hosts: written = "", path = "", query = "", hash } = parts;
  if (hash !== undefined) throw refused("has a # in it", "In a password write %23 for it.");
  // A password with a ? in it ends up there, and its characters must not be quoted.
  if (query.includes("@"))
    throw refused("has an @ behind its ?", "Write %40 for an @, and %3F for a ? of a password.");
  const hosts = written.split(",");
  if (hosts.length > 1 && hosts.includes("")) throw refused("has an empty place in its list of servers");
  const texts = hosts.map((host) => `${scheme}${login}${host || "localhost"}${path}`);
  if (!texts.every((text) => URL.canParse(text))) throw refused("is not one of Postgres");
  const parsed = texts.map((text) => new URL(text));
  const { username = "", password = "", pathname = "" } = parsed[0] ?? {};
  const [user, , database] = [username, password, pathname.slice(1)].map(decoded);
  const parameters = readParameters(query);
  const kept = [...driverParameters(parameters)].map(
    ([name, value]) => `${name}=${encodeURIComponent(value)}`,
  );
  const end = path + (kept.length === 0 ? "" : `?${kept.join("&")}`);
  return {
    servers: hosts.map((host) => `${scheme}${login}${host}${end}`),
    hosts: parsed.map(({ hostname, port }, index) => ({
      host: hosts[index] === "" ? (parameters.get("host") ?? "") : decoded(hostname),
      port: port || (parameters.get("port") ?? ""),
    })),
    user: user ?? "",
    database: database ?? "",
    schema: parameters.get("schema"),
    pooler: readPooler(parameters),
    connectMs: readConnectMs(parameters),
    bindsChannel: readBinding(parameters),
  };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw refused("has a % that stands for nothing", "Write %25 for it.");
  }
}

type Parameters = ReadonlyMap<string, string>;

/** All parameters by name. */
function readParameters(query: string): Parameters {
  const read = new Map<string, string>();
  for (const pair of query.split("&").filter((part) => part !== "")) {
    const [name = "", ...values] = pair.split("=");
    if (!KNOWN.includes(name)) {
      const quoted = /^[a-z][a-z_]{2,40}$/i.test(name) && values.length > 0 ? ` "${name}"` : "";
      throw refused(
        `has a parameter${quoted} that is not known here`,
        `Known: ${KNOWN.join(", ")}. Others of pg stand in the option connection. In a password write %3F for a ?.`,
      );
    }
    if (read.has(name)) throw refused(`has the parameter ${name} twice`);
    read.set(name, decoded(values.join("=")));
  }
  const session = read.get("target_session_attrs");
  if (session !== undefined && !["any", "primary", "read-write"].includes(session)) {
    throw refused(
      `asks for a server that is "${session}"`,
      "Jobs are written: leave target_session_attrs out.",
    );
  }
  if (read.get("host")?.includes(",")) {
    throw refused(
      "has a list in the parameter host",
      "Write postgres://user:password@one:5432,two:5432/database.",
    );
  }
  return read;
}

/** What the driver is passed: parameters that it reads as they are, and TLS in words that mean the same in all its releases. */
function driverParameters(parameters: Parameters): Parameters {
  const passed = new Map([...parameters].filter(([name]) => OF_DRIVER.includes(name)));
  for (const name of FILES) {
    const file = parameters.get(name);
    // The certificates of the system are what Node trusts without a file.
    if (file === undefined || (name === "sslrootcert" && file === "system")) continue;
    if (!isReadable(file)) throw refused(`names a file in ${name} that cannot be read`);
    passed.set(name, file);
  }
  const mode = readTls(parameters);
  if (mode !== undefined) passed.set("sslmode", mode);
  if (parameters.get("uselibpqcompat") === "true") passed.set("uselibpqcompat", "true");
  return passed;
}

/** How the words for TLS are passed to the driver. It verifies the server in all modes but one, and warns for two of them. */
const TLS_MODES: Readonly<Record<string, string>> = {
  disable: "disable",
  "no-verify": "no-verify",
  require: "verify-full",
  "verify-ca": "verify-full",
  "verify-full": "verify-full",
};

/** Values of `ssl`, which others write instead of `sslmode`. */
const TLS_SWITCH: Readonly<Record<string, string>> = {
  true: "require",
  "1": "require",
  false: "disable",
  "0": "disable",
  "no-verify": "no-verify",
};

function readTls(parameters: Parameters): string | undefined {
  const isSwitched = parameters.get("ssl");
  const mode = parameters.get("sslmode") ?? (isSwitched === undefined ? undefined : TLS_SWITCH[isSwitched]);
  if (mode === undefined && isSwitched === undefined) return undefined;
  const passed = TLS_MODES[mode ?? ""];
  const isOfLibpq = parameters.get("uselibpqcompat") === "true";
  if (mode === undefined || (passed === undefined && !(isOfLibpq && mode === "prefer"))) {
    throw refused(
      `asks for TLS by ${parameters.has("sslmode") ? "sslmode" : "ssl"}=${mode ?? isSwitched}, which is not known here`,
      `Known for sslmode: ${Object.keys(TLS_MODES).join(", ")}. Without it there is no TLS.`,
    );
  }
  return isOfLibpq ? mode : passed;
}

function readPooler(parameters: Parameters): string | undefined {
  const pgbouncer = parameters.get("pgbouncer");
  if (pgbouncer !== undefined && !["true", "false"].includes(pgbouncer)) {
    throw refused("has a parameter pgbouncer that is neither true nor false");
  }
  return parameters.get("pooler") ?? (pgbouncer === "true" ? "transaction" : undefined);
}

function readConnectMs(parameters: Parameters): number | undefined {
  const written = parameters.get("connect_timeout");
  if (written === undefined) return undefined;
  if (!/^[1-9]\d{0,5}$/.test(written)) {
    throw refused("has a connect_timeout that is no whole number of seconds from 1 on");
  }
  return Number(written) * 1_000;
}

function readBinding(parameters: Parameters): boolean | undefined {
  const written = parameters.get("channel_binding");
  if (written === undefined) return undefined;
  if (!["disable", "prefer", "require"].includes(written)) {
    throw refused("has a channel_binding that is not known here", "Known: disable, prefer, require.");
  }
  return written !== "disable";
}

function isReadable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

function refused(
  what: string,
  hint = "Write postgres://user:password@host:port/database; escape special characters in it (%40 for @).",
): ConfigError {
  return new ConfigError(`postgres: the url ${what}.`, { hint });
}
