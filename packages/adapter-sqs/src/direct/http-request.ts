import {
  type ClientRequest,
  type Agent as HttpAgent,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as requestHttp,
} from "node:http";
import { type Agent as HttpsAgent, request as requestHttps } from "node:https";
import { type Cancel, systemClock } from "@jobs/core/runtime";
import type { Route } from "./route.ts";

/** Connections that are kept, shared with the SDK. */
export interface Agents {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
}

/** How requests are sent. */
export interface HttpRequestStyle {
  readonly agents: Agents;
  /** Longest time until there is a connection, in ms. */
  readonly connectMs: number;
  /** Longest time until the whole answer is there, in ms: whoever asked has given up before, and the connection is dead. */
  readonly answerMs: number;
}

/** What is sent. */
export interface HttpRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What came back. */
export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** One request and its whole answer. @throws Error of Node, or one named TimeoutError for a connection that was cut for its silence. */
export function sendHttpRequest(
  { isSecure, hostname: host, port, path }: Route,
  { headers, body }: HttpRequest,
  style: HttpRequestStyle,
): Promise<HttpAnswer> {
  const options = { method: "POST", host, port, path, headers };
  return new Promise((resolve, reject) => {
    const request = isSecure
      ? requestHttps({ ...options, agent: style.agents.https })
      : requestHttp({ ...options, agent: style.agents.http });
    const cancel = cutWhenSilent(request, style);
    const fail = (error: Error) => {
      cancel();
      reject(error);
    };
    request.on("error", fail);
    request.on("response", (response) => {
      readAll(response).then((content) => {
        cancel();
        resolve({ statusCode: response.statusCode ?? 0, headers: response.headers, body: content });
      }, fail);
    });
    request.end(body);
  });
}

function readAll(response: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => void chunks.push(chunk));
    response.on("end", () => resolve(Buffer.concat(chunks)));
    response.on("error", reject);
  });
}

function cutWhenSilent(request: ClientRequest, { connectMs, answerMs }: HttpRequestStyle): Cancel {
  let cancel = systemClock.schedule(connectMs, () => {
    if (request.socket === null || request.socket.connecting) return cut(request, "connection", connectMs);
    cancel = systemClock.schedule(answerMs - connectMs, () => cut(request, "answer", answerMs));
  });
  return () => cancel();
}

function cut(request: ClientRequest, missing: string, ms: number): void {
  request.destroy(Object.assign(new Error(`no ${missing} within ${ms} ms`), { name: "TimeoutError" }));
}
