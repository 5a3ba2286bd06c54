import {
  type ClientRequest,
  type Agent as HttpAgent,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as requestHttp,
} from "node:http";
import { type Agent as HttpsAgent, request as requestHttps } from "node:https";
import { type Cancel, systemClock } from "@jobs/core/runtime";

/** Kept connections, shared with the SDK. */
export interface Agents {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
}

/** How requests are sent. */
export interface HttpRequestStyle {
  readonly agents: Agents;
  /** Longest time until there is a connection, in ms. */
  readonly connectMs: number;
  /** Time limit for the whole answer, in ms. The caller has given up before, so the connection counts as dead. */
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

/**
 * Sends one request and reads its whole answer. @throws Error of Node, or one named TimeoutError after the time limit.
 */
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

/** The used part of a request that the SDK has built and signed. */
export interface PreparedRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number | undefined;
  readonly path: string;
  readonly query?: Readonly<Record<string, unknown>> | undefined;
  readonly username?: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** Endpoint and region that the SDK has found. */
export interface Route {
  readonly isSecure: boolean;
  /** An IPv6 address without its brackets. */
  readonly hostname: string;
  readonly port: number | undefined;
  /** The path without the queue: `/`, or a longer path of an endpoint. */
  readonly path: string;
  /** With the port, if it is not the default. */
  readonly host: string;
  readonly region: string;
  readonly userAgent: string;
}

/**
 * `AWS4-HMAC-SHA256 Credential=KEY/20261122/eu-west-1/sqs/aws4_request, …`: only the SDK handles other kinds of
 * signatures.
 */
const SIGNED_FOR_SQS = /^AWS4-HMAC-SHA256 Credential=[^/,]+\/\d{8}\/([^/,]+)\/sqs\/aws4_request,/;

/**
 * Reads the route from a request of the SDK, which has already found region, endpoint and FIPS. `undefined` when the
 * direct transport cannot use it.
 */
export function readRoute(request: PreparedRequest): Route | undefined {
  const { method, protocol, hostname, port, path, query = {}, username, headers } = request;
  const region = SIGNED_FOR_SQS.exec(headers.authorization ?? "")?.[1];
  const { host } = headers;
  const isPlain = method === "POST" && Object.keys(query).length === 0 && username === undefined;
  if (!isPlain || region === undefined || host === undefined) return undefined;
  return {
    isSecure: protocol === "https:",
    hostname: hostname.replace(/^\[|\]$/g, ""),
    port,
    path,
    host,
    region,
    userAgent: headers["user-agent"] ?? "",
  };
}
