import { isJobsError, type JobOptions, type Task } from "@jobs/core";
import { isJobId, JOB_ID_FORM } from "@jobs/core/broker";
import { wantedDelay } from "@jobs/core/producer";
import { checkJobOptions, isObject, MOMENT_FORM, parseJson, parseMoment } from "@jobs/core/runtime";
import { badRequest, type Refusal } from "./answers.ts";

/** A job as a request asks for it. Its parameters are not checked yet. */
export interface RequestedJob {
  readonly task: Task;
  readonly params: unknown;
  readonly options: JobOptions;
}

/** What a request may ask for. */
export interface AllowedJobs {
  readonly tasks: ReadonlyMap<string, Task>;
  readonly options: readonly (keyof JobOptions)[];
  readonly maxBytes: number;
}

/** The job of a request, or why it is refused. A refused request quotes nothing of the body. */
export async function readJob(request: Request, allowed: AllowedJobs): Promise<RequestedJob | Refusal> {
  const text = await readText(request, allowed.maxBytes);
  if (typeof text !== "string") return text;
  const body = parseBody(text);
  if ("status" in body) return body;
  const { task: name, params = {}, options = {}, ...others } = body.fields;
  if (Object.keys(others).length > 0) return malformed("it has a field besides task, params and options");
  if (typeof name !== "string") return malformed("task must be the name of a task");
  const task = allowed.tasks.get(name);
  // The same answer for a task of the app that is not allowed here: a client must not learn which ones there are.
  if (task === undefined)
    return { status: 404, code: "unknown_task", message: "There is no such task here." };
  const read = readOptions(options, allowed.options);
  return "status" in read ? read : { task, params, options: read.options };
}

/** The body as text, of which never more than `maxBytes` are held. */
async function readText(request: Request, maxBytes: number): Promise<string | Refusal> {
  if (!isJson(request.headers)) {
    return {
      status: 415,
      code: "unsupported_media_type",
      message: "Send JSON with content-type: application/json, and without a content-encoding.",
    };
  }
  if (Number(request.headers.get("content-length")) > maxBytes) return tooLarge(maxBytes);
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const reader = request.body?.getReader();
  let bytes = 0;
  let text = "";
  try {
    for (let part = await reader?.read(); part?.done === false; part = await reader?.read()) {
      bytes += part.value.byteLength;
      if (bytes > maxBytes) {
        // The client may send for ever. Its answer does not wait for that.
        reader?.cancel().catch(() => {});
        return tooLarge(maxBytes);
      }
      text += decoder.decode(part.value, { stream: true });
    }
    return text + decoder.decode();
  } catch {
    return malformed("it ended early, or is not UTF-8");
  }
}

/** Also keeps out what a page of another site can post by a form, which no browser asks about before. */
function isJson(headers: Headers): boolean {
  const type = headers.get("content-type")?.split(";", 1)[0]?.trim().toLowerCase();
  return type === "application/json" && (headers.get("content-encoding") ?? "identity") === "identity";
}

function tooLarge(maxBytes: number): Refusal {
  return { status: 413, code: "payload_too_large", message: `A body may have at most ${maxBytes} bytes.` };
}

function parseBody(text: string): Refusal | { readonly fields: Readonly<Record<string, unknown>> } {
  let body: unknown;
  try {
    body = parseJson(text);
  } catch (error) {
    if (!isJobsError(error, "malformed_message")) throw error;
    // What the reader of messages says stands after a colon.
    return malformed(error.message.replace(/^[^:]*: |\.$/g, ""));
  }
  if (!isObject(body)) return malformed("it must be an object with task and params");
  return { fields: body };
}

function malformed(reason: string): Refusal {
  return badRequest("malformed_request", `The body cannot be used: ${reason}.`);
}

/** Options as JSON has them: a moment is a text there. */
function readOptions(
  written: unknown,
  allowed: readonly (keyof JobOptions)[],
): Refusal | { readonly options: JobOptions } {
  if (!isObject(written)) return invalidOptions("options must be an object.");
  const names: readonly string[] = allowed;
  if (!Object.keys(written).every((name) => names.includes(name))) {
    return invalidOptions(`Only these options are allowed here: ${names.join(", ") || "none"}.`);
  }
  const { at, id, ...others } = written as { readonly at?: unknown; readonly id?: unknown };
  const moment = parseMoment(at);
  if (at !== undefined && moment === undefined) return invalidOptions(`at must be ${MOMENT_FORM}.`);
  if (id !== undefined && !isId(id)) return invalidOptions(`id must be ${JOB_ID_FORM}.`);
  const options = {
    ...others,
    ...(id === undefined ? {} : { id }),
    ...(moment === undefined ? {} : { at: new Date(moment) }),
  };
  try {
    checkJobOptions(options, "options");
    wantedDelay(options, Date.now());
  } catch (error) {
    if (!isJobsError(error, "invalid_config")) throw error;
    return invalidOptions(error.message);
  }
  return { options };
}

function isId(id: unknown): id is string {
  return typeof id === "string" && isJobId(id);
}

function invalidOptions(message: string): Refusal {
  return badRequest("invalid_options", message);
}
