import { MalformedMessageError } from "../errors/broker-errors.ts";
import { isObject } from "../options/is-object.ts";
import { ENVELOPE_VERSION, type Envelope, type JsonObject } from "./envelope.ts";

/** Systems whose jobs a worker can read beside our own. */
export const CODEC_NAMES = ["simple-worker"] as const;

/** One of {@link CODEC_NAMES}. */
export type CodecName = (typeof CODEC_NAMES)[number];

/** What a codec reads: the fields of a body that is one JSON object, and the broker's id of the message. */
interface ForeignMessage {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly messageId: string;
}

/** Reads the bodies of another system's jobs, so that its queues can be drained by our handlers. Never writes them. */
export interface Codec {
  /** The job; `undefined` for a body that is not of that system. @throws MalformedMessageError for one that is, but broken. */
  decode(message: ForeignMessage): Envelope | undefined;
}

/** These bodies hold no time; the age of a job is then unknown, and holds are counted by deliveries alone. */
const UNKNOWN_TIME = new Date(0).toISOString();

/**
 * `{"task_name": "send_email", "task_payload": {"to": "a@b.c"}}`: the body of a Python simple-worker. Its own id was the
 * receipt, another one with every delivery; here the broker's id of the message is the job's id (requirement W35).
 */
const simpleWorkerCodec: Codec = {
  decode({ fields, messageId }) {
    if (!Object.hasOwn(fields, "task_name")) return undefined;
    const { task_name: task, task_payload: params } = fields;
    if (typeof task !== "string" || task === "") throw refused("task_name must be a text that is not empty");
    if (!isObject(params)) throw refused("task_payload must be an object");
    const job = { v: ENVELOPE_VERSION, task, id: messageId, sig: "", enqueuedAt: UNKNOWN_TIME };
    // The whole body was read from JSON.
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
