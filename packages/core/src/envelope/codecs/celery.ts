import { parseJson } from "../../json/parse-json.ts";
import { isObject } from "../../options/is-object.ts";
import { parseMoment } from "../../runtime/moment.ts";
import { ENVELOPE_VERSION, type Envelope, type JsonObject } from "../envelope.ts";
import { type Codec, notAJobOf, UNKNOWN_TIME } from "./codec.ts";

type Fields = Readonly<Record<string, unknown>>;

/** A call as both protocols of Celery describe it. */
interface Call {
  /** The headers in protocol 2, the body in protocol 1: task, id, retries, eta, expires. */
  readonly about: Fields;
  readonly args: unknown;
  readonly kwargs: unknown;
  /** What is to follow: chain, chord, callbacks, errbacks. */
  readonly followups: Fields;
}

/** What Celery's worker does after a task. Ours would not, so such a job would end half done. */
const FOLLOWUPS = ["chain", "chord", "callbacks", "errbacks"] as const;

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** A text of Python's `isoformat()` without a zone. Celery writes UTC. */
const WITHOUT_ZONE = /T[\d:.]+$/;

/**
 * A message of Celery with a JSON body, of protocol 1 or 2, as kombu writes it for Redis and SQS. The keyword arguments are the
 * parameters. `eta` and `expires` keep their meaning. What Celery's worker alone can do is refused by name: positional
 * arguments, other serializers, compression, and what follows the task.
 */
export const celeryCodec: Codec = {
  /** kombu writes base64 on SQS, unless its option `sqs_base64_encoding` is off. */
  unwrap(body) {
    return BASE64.test(body) ? decodeBase64(body) : undefined;
  },

  decode({ fields, messageId }) {
    const { properties, body } = fields;
    if (!Object.hasOwn(fields, "content-type") || !isObject(properties) || typeof body !== "string")
      return undefined;
    const call = readCall(fields, parseJson(readBody(fields, body, properties)));
    checkCall(call);
    const { task, id = messageId, retries = 0 } = call.about;
    if (typeof task !== "string" || task === "") throw refused("its task must be a text that is not empty");
    if (typeof id !== "string" || id === "") throw refused("its id must be a text that is not empty");
    const job = { v: ENVELOPE_VERSION, task, id, sig: "", enqueuedAt: UNKNOWN_TIME };
    return {
      ...job,
      params: call.kwargs as JsonObject,
      ...moment(call.about, "eta", "notBefore"),
      ...moment(call.about, "expires", "expiresAt"),
      ...(Number.isSafeInteger(retries) && Number(retries) > 0
        ? { priorAttempts: Number(retries) }
        : undefined),
    };
  },
};

/** The text of the body. kombu encodes it in base64, also on Redis. */
function readBody(fields: Fields, body: string, properties: Fields): string {
  const type = fields["content-type"];
  if (type !== "application/json")
    throw refused(`its content type is ${type}; expected application/json`, "Set task_serializer = 'json'.");
  if (isObject(fields.headers) && Object.hasOwn(fields.headers, "compression"))
    throw refused("its body is compressed", "Leave out task_compression.");
  if (properties.body_encoding !== "base64") return body;
  const text = decodeBase64(body);
  if (text === undefined) throw refused("its body is not base64 of UTF-8");
  return text;
}

function readCall({ headers }: Fields, body: unknown): Call {
  if (Array.isArray(body) && isObject(headers)) {
    const [args, kwargs, followups] = body;
    return { about: headers, args, kwargs, followups: isObject(followups) ? followups : {} };
  }
  if (isObject(body)) return { about: body, args: body.args, kwargs: body.kwargs, followups: body };
  throw refused("its body is neither [args, kwargs, embed] nor an object");
}

function checkCall({ args, kwargs, followups }: Call): void {
  if (!isObject(kwargs)) throw refused("its kwargs must be an object");
  if (!Array.isArray(args)) throw refused("its args must be a list");
  if (args.length > 0)
    throw refused(
      `it has positional arguments (${args.length})`,
      "Call the task with keyword arguments only.",
    );
  const followed = FOLLOWUPS.find((name) => isGiven(followups[name]));
  if (followed !== undefined)
    throw refused(`it has ${followed}`, "Only Celery's worker runs what follows a task: use another queue.");
}

/** Celery writes null or an empty list for nothing. */
function isGiven(followup: unknown): boolean {
  if (followup === null || followup === undefined) return false;
  return !Array.isArray(followup) || followup.length > 0;
}

function moment(about: Fields, field: "eta" | "expires", name: "notBefore" | "expiresAt"): Partial<Envelope> {
  const written = about[field];
  if (written === null || written === undefined) return {};
  const isLocal = typeof written === "string" && WITHOUT_ZONE.test(written);
  const at = parseMoment(isLocal ? `${written}Z` : written);
  if (at === undefined) throw refused(`its ${field} must be a moment such as 2026-01-31T12:00:00+00:00`);
  return { [name]: new Date(at).toISOString() };
}

/** `undefined` when it is not base64 of UTF-8. */
function decodeBase64(text: string): string | undefined {
  const bytes = Buffer.from(text, "base64");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function refused(reason: string, hint?: string): Error {
  return notAJobOf("Celery", reason, hint);
}
