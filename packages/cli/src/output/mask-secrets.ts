import { sharedState } from "./shared-state.ts";

/** A URL after its scheme. Searching for schemes of any length would take time for each character. */
const URL_IN_TEXT = /:\/\/[^\s"'`<>]+/g;

/** Text between spaces, quotes and brackets. */
const WORD = /[^\s"'`<>()[\]]+/g;

/** `user:password@host`, where no scheme says that it is an address. */
const BARE_ADDRESS = /^[\w.%+~-]*:.+@(?=[\w[-])/s;

/** A kind, or a name that was given to an address: it holds no secret. */
const PLAIN_NAME = /^[\w-]+$/;

/** Paths of files hold no secrets, but may hold characters that have a meaning in URLs. */
const FILE_ADDRESS = /^(?:sqlite:|file:|\.|\/(?!\/))/i;

/** ioredis keeps the command in its error. When the server refuses a password, that command holds the password. */
const AUTH_COMMAND = /(name: '(?:auth|hello|AUTH|HELLO)',\s+args: \[)[^\]]*/g;

/**
 * An address in any form without its secrets: user, password, and every named value (`?password=`, `;Password=`,
 * `password=`) are hidden (F62). Uses the last `@`, since people write passwords with unescaped slashes and `@`.
 */
export function maskUrl(url: string): string {
  if (PLAIN_NAME.test(url)) return url;
  const shown = url.replace(/(?<=(?:^|[?&;\s])[^=&;?\s]+=)[^&;\s]*/g, "***");
  if (FILE_ADDRESS.test(url) && !url.includes("://")) return shown;
  return shown.replace(/^(?<scheme>(?:[a-z0-9+.-]*:\/\/)?).*@/is, "$<scheme>***@");
}

/** Any text with all addresses and known secrets masked: a driver's error may quote them. */
export function maskUrls(text: string): string {
  const masked = text.replace(URL_IN_TEXT, maskUrl).replace(AUTH_COMMAND, "$1 '***' ");
  const hasAddress = masked.includes("@") && masked.includes(":");
  return maskKnown(hasAddress ? masked.replace(WORD, maskBare) : masked);
}

/** A value with all addresses in its texts masked, at any depth: an error or a log line of a job as it is stored. */
export function maskTexts<T>(value: T): T {
  if (typeof value === "string") return maskUrls(value) as T;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => maskTexts(item)) as T;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, maskTexts(item)])) as T;
}

function maskBare(word: string): string {
  return word.includes("://") ? word : word.replace(BARE_ADDRESS, "***@");
}

/** Keys and tokens with a known form: of GitHub, GitLab, Slack, AWS, Google, Stripe and similar services, and JWTs. */
const TOKEN =
  /\b(?:gh[pousr]_|github_pat_|glpat-|npm_|xox[abposr]-|sk-|[sr]k_(?:live|test)_|AKIA|ASIA|AIza|eyJ)[\w.-]{12,}/g;

/** A value after the name of a secret and `=` or `:`. */
const NAMED_SECRET =
  /(?<=(?:passw(?:or)?ds?|pwd|passphrase|secret|token|credentials?|(?:api|access|private)_?key)\s?[=:]\s?)[^\s,;&)]+/gi;

/** A free text without its secrets. Hides addresses, tokens, and values with the name of a secret. */
export function maskText(text: string): string {
  return maskUrls(text).replace(TOKEN, "***").replace(NAMED_SECRET, "***");
}

/** Shorter secrets may be words that stand elsewhere too. Hiding them would make the output unreadable. */
const SHORTEST_SECRET = 6;

const known = sharedState("secrets", () => new Set<string>());

/** A name that people use for secrets. */
const SECRET_NAME =
  /passw|passphrase|secret|token|credential|authorization|api_?key|access_?key|private_?key|_pass$|^pass$|_pwd$|^pwd$/i;

/**
 * Names of places, which are no secrets: variables that every shell sets, such as `PWD`, and paths of files with
 * secrets.
 */
const NAME_OF_PLACE = /^(?:PWD|OLDPWD|HOME|PATH|SHELL|TMPDIR|TEMP|TMP|INIT_CWD)$|_(?:FILE|PATH|DIR)$/;

/** Parameters of URLs whose values are words, such as `bullmq` and `require`. Hints and errors need these words. */
const PLAIN_PARAMETER =
  /^(?:engine|family|region|schema|sslmode|pooler|target_session_attrs|channel_binding)$/i;

/** Masks this text in all output of this command, also in its forms in JSON and in URLs. */
function remember(secret: string): void {
  if (secret.length < SHORTEST_SECRET) return;
  for (const form of [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])
    known.add(form);
}

/** Remembers the secrets of an address, and all texts below the name of a secret. */
export function rememberSecrets(value: unknown, name = "", depth = 8): void {
  if (NAME_OF_PLACE.test(name)) return;
  if (typeof value === "string") {
    if (SECRET_NAME.test(name)) remember(value);
    else rememberAddress(value);
  }
  if (typeof value !== "object" || value === null || depth === 0) return;
  for (const key of Object.keys(value)) {
    const descriptor = Object.getOwnPropertyDescriptor(value, key);
    rememberSecrets(descriptor?.value, SECRET_NAME.test(name) ? name : key, depth - 1);
  }
}

function rememberAddress(address: string): void {
  const end = address.lastIndexOf("@");
  const begin = address.indexOf(":", address.includes("://") ? address.indexOf("://") + 3 : 0);
  const isFile = FILE_ADDRESS.test(address) && !address.includes("://");
  if (begin !== -1 && begin < end && !isFile) {
    const password = address.slice(begin + 1, end);
    remember(password);
    remember(decoded(password));
  }
  for (const [, name = "", secret = ""] of address.matchAll(/[?&;]([^=&;?]+)=([^&;]*)/g))
    if (!PLAIN_PARAMETER.test(name)) remember(decoded(secret));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Text without the secrets that are known. */
export function maskKnown(text: string): string {
  let masked = text;
  for (const secret of known) if (masked.includes(secret)) masked = masked.replaceAll(secret, "***");
  return masked;
}
