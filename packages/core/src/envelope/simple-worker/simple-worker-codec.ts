import { MalformedMessageError } from "../../errors/broker-errors.ts";
import { isObject } from "../../options/is-object.ts";
import type { Codec } from "../codec.ts";
import { ENVELOPE_VERSION, type JsonObject } from "../envelope.ts";

/** These bodies hold no time; the age of a job is then unknown, and holds are counted by deliveries alone. */
const UNKNOWN_TIME = new Date(0).toISOString();

/**
 * `{"task_name": "send_email", "task_payload": {"to": "a@b.c"}}`: the body of a Python simple-worker. Its own id was the
 * receipt, another one with every delivery; here the broker's id of the message is the job's id (requirement W35).
 */
export const simpleWorkerCodec: Codec = {
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

function refused(reason: string): MalformedMessageError {
  return new MalformedMessageError(`the message is not a job of simple-worker: ${reason}.`);
}
