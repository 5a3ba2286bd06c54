import { MalformedMessageError } from "../errors/broker-errors.ts";
import { isObject } from "../options/is-object.ts";
import { ENVELOPE_VERSION, type Envelope, type JsonObject } from "./envelope.ts";

/** Other systems whose jobs a worker can read. */
export const CODEC_NAMES = ["simple-worker"] as const;

/** One of {@link CODEC_NAMES}. */
export type CodecName = (typeof CODEC_NAMES)[number];

/** The input of a codec: the fields of a body that is one JSON object, and the broker's message id. */
interface ForeignMessage {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly messageId: string;
}

/** Reads the bodies of another system's jobs, so that our handlers can drain its queues. It never writes them. */
export interface Codec {
  /** The job; `undefined` for a body that is not of that system. @throws MalformedMessageError for one that is, but broken. */
  decode(message: ForeignMessage): Envelope | undefined;
}

/** These bodies contain no time. The age of a job is then unknown, so only its deliveries limit how long it is held. */
const UNKNOWN_TIME = new Date(0).toISOString();

/**
 * `{"task_name": "send_email", "task_payload": {"to": "a@b.c"}}`: the body of a Python simple-worker. Its own id was
 * the receipt, which changes with every delivery. Here the broker's message id is the job's id (requirement W35).
 */
const simpleWorkerCodec: Codec = {
  decode({ fields, messageId }) {
    if (!Object.hasOwn(fields, "task_name")) return undefined;
    const { task_name: task, task_payload: params } = fields;
    if (typeof task !== "string" || task === "") throw refused("task_name must be a text that is not empty");
    if (!isObject(params)) throw refused("task_payload must be an object");
    const job = { v: ENVELOPE_VERSION, task, id: messageId, sig: "", enqueuedAt: UNKNOWN_TIME };
    // The whole body was parsed from JSON, so this value is JSON too.
    return { ...job, params: params as JsonObject };
  },
};

const CODECS: Readonly<Record<CodecName, Codec>> = { "simple-worker": simpleWorkerCodec };

/** The codec of a system. */
export function codecOf(name: CodecName): Codec {
  return CODECS[name];
}

function refused(reason: string): MalformedMessageError {
  return new MalformedMessageError(`the message is not a job of simple-worker: ${reason}.`);
}
