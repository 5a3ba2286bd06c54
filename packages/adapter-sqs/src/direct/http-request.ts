import {
  type ClientRequest,
  type Agent as HttpAgent,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as requestHttp,
} from "node:http";
import { type Agent as HttpsAgent, request as requestHttps } from "node:https";
import { type Cancel, systemClock } from "@jobs/core/runtime";

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

/** A request as the SDK has put it together and signed, as far as it tells the way. */
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

/** The way to SQS as the SDK has found it. */
export interface Route {
  readonly isSecure: boolean;
  /** An IPv6 address without its brackets. */
  readonly hostname: string;
  readonly port: number | undefined;
  /** Before any name of a queue; `/`, or that of an endpoint that lives deeper. */
  readonly path: string;
  /** With the port, where it is not the usual one. */
  readonly host: string;
  readonly region: string;
  readonly userAgent: string;
}

/** `AWS4-HMAC-SHA256 Credential=KEY/20261122/eu-west-1/sqs/aws4_request, …`: other kinds of signatures are the SDK's. */
const SIGNED_FOR_SQS = /^AWS4-HMAC-SHA256 Credential=[^/,]+\/\d{8}\/([^/,]+)\/sqs\/aws4_request,/;

/**
 * Reads the way off a request of the SDK: region, endpoint, FIPS and all else have been decided there, from options,
 * environment and profiles. `undefined` when it is none that others could go.
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
