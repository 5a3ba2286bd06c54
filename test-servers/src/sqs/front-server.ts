import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { SqsAnswer, SqsBody, SqsCall, SqsService } from "./protocol/sqs-call.ts";
import { queryErrorOf, refused } from "./protocol/sqs-refusal.ts";

/** A service with an HTTP endpoint. */
export interface FrontServer {
  readonly port: number;
  /** Cuts every connection, and each new one until the outage is disposed of. */
  beginOutage(): Disposable;
  /** Cuts every connection. */
  close(): Promise<void>;
}

/** Serves AWS's JSON protocol on a private port of this machine. */
export async function startFrontServer(service: SqsService): Promise<FrontServer> {
  const server = createServer((request, response) => {
    answerTo(request, service).then(
      (answer) => write(response, answer),
      (error: unknown) => write(response, failure(error)),
    );
  });
  // Otherwise a client could send on a kept connection that is just being closed.
  server.keepAliveTimeout = 60_000;
  let outages = 0;
  server.on("connection", (socket) => {
    if (outages > 0) socket.destroy();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    beginOutage() {
      outages += 1;
      server.closeAllConnections();
      const end = () => {
        outages -= 1;
      };
      return { [Symbol.dispose]: end };
    },
    close: () => close(server),
  };
}

async function answerTo(request: IncomingMessage, service: SqsService): Promise<SqsAnswer> {
  const content = await text(request);
  const call = callOf(request, content);
  return call === undefined
    ? refused({ name: "MissingAction", message: "The request must contain an action." })
    : service(call);
}

function callOf(request: IncomingMessage, content: string): SqsCall | undefined {
  const target = request.headers["x-amz-target"];
  if (typeof target !== "string") return undefined;
  return {
    action: target.slice(target.indexOf(".") + 1),
    region: regionOf(request.headers.authorization),
    body: JSON.parse(content === "" ? "{}" : content) as SqsBody,
  };
}

/** `Credential=KEY/20261122/eu-west-1/sqs/aws4_request`; the default for requests that are written by hand. */
function regionOf(authorization: string | undefined): string {
  return authorization?.match(/Credential=[^/]+\/\d+\/([^/]+)\//)?.[1] ?? "us-east-1";
}

function failure(error: unknown): SqsAnswer {
  return refused({ name: "InternalFailure", message: String(error), code: 500 });
}

function write(response: ServerResponse, answer: SqsAnswer): void {
  if (answer.status === "cut") {
    response.destroy();
    return;
  }
  const queryError = queryErrorOf(answer);
  const content = JSON.stringify(answer.body);
  response.writeHead(answer.code, {
    "content-type": "application/x-amz-json-1.0",
    "content-length": Buffer.byteLength(content),
    "x-amzn-requestid": randomUUID(),
    ...(queryError === undefined ? {} : { "x-amzn-query-error": queryError }),
  });
  response.end(content);
}

async function close(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
}
