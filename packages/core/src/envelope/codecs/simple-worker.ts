import { isObject } from "../../options/is-object.ts";
import { ENVELOPE_VERSION, type JsonObject } from "../envelope.ts";
import { type Codec, notAJobOf, UNKNOWN_TIME } from "./codec.ts";

/**
 * `{"task_name": "send_email", "task_payload": {"to": "a@b.c"}}`: the body of a Python simple-worker. Its own id was
 * the receipt, which changes with every delivery. Here the broker's message id is the job's id (requirement W35).
 */
export const simpleWorkerCodec: Codec = {
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

function refused(reason: string): Error {
  return notAJobOf("simple-worker", reason);
}
