import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, Agent as HttpAgent, type RequestListener, type Server } from "node:http";
import { createServer as createSecureServer, Agent as HttpsAgent } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { text } from "node:stream/consumers";
import { expect, it } from "vitest";
import { type HttpRequestStyle, type Route, sendHttpRequest } from "../src/direct/http-request.ts";

const [key, cert] = ["key", "cert"].map((name) =>
  readFileSync(new URL(`./fixtures/${name}.pem`, import.meta.url)),
);

/** A server on a port of its own. */
class TestServer implements AsyncDisposable {
  readonly port: number;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
  }

  static async open(listener: RequestListener, isSecure = false): Promise<TestServer> {
    const server = isSecure ? createSecureServer({ key, cert }, listener) : createServer(listener);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new TestServer(server);
  }

  route(way: Partial<Route> = {}): Route {
    const { port } = this;
    const host = `127.0.0.1:${port}`;
    return {
      isSecure: false,
      hostname: "127.0.0.1",
      port,
      path: "/",
      host,
      region: "",
      userAgent: "",
      ...way,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }
}

function style(changes: Partial<HttpRequestStyle> = {}): HttpRequestStyle {
  const agents = { http: new HttpAgent(), https: new HttpsAgent() };
  return { agents, connectMs: 2_000, answerMs: 4_000, ...changes };
}

const POSTING = { headers: { "x-amz-target": "AmazonSQS.SendMessageBatch" }, body: "größer \u{1f600}" };

/** Tells what it was sent. */
const echo: RequestListener = async (request, response) => {
  const { method, url, headers } = request;
  response.end(JSON.stringify({ method, url, host: headers.host, body: await text(request) }));
};

it("sends a text of any characters, and reads the whole answer", async () => {
  await using server = await TestServer.open(echo);
  const { statusCode, headers, body } = await sendHttpRequest(
    server.route({ path: "/base/" }),
    POSTING,
    style(),
  );
  expect([statusCode, typeof headers.date]).toEqual([200, "string"]);
  expect(JSON.parse(body.toString())).toMatchObject({ method: "POST", url: "/base/", body: POSTING.body });
});

it("trusts the certificates that it is told to, and no others", async () => {
  await using server = await TestServer.open(echo, true);
  const route = server.route({ isSecure: true });
  await expect(sendHttpRequest(route, POSTING, style())).rejects.toMatchObject({
    code: "DEPTH_ZERO_SELF_SIGNED_CERT",
  });
  const agents = { http: new HttpAgent(), https: new HttpsAgent({ ca: cert }) };
  expect(await sendHttpRequest(route, POSTING, style({ agents }))).toMatchObject({ statusCode: 200 });
});

it("goes to an IPv6 address by its own name", async () => {
  await using server = await TestServer.open(echo);
  const asked: unknown[] = [];
  const agent = new HttpAgent();
  agent.createConnection = ({ host }) => {
    asked.push(host);
    return connect(server.port, "127.0.0.1");
  };
  const agents = { http: agent, https: new HttpsAgent() };
  const posting = { ...POSTING, headers: { host: `[::1]:${server.port}` } };
  const { body } = await sendHttpRequest(server.route({ hostname: "::1" }), posting, style({ agents }));
  expect(asked).toEqual(["::1"]);
  expect(JSON.parse(body.toString())).toMatchObject({ host: `[::1]:${server.port}` });
});

it("cuts a connection that stays silent, and says so [F22]", async () => {
  let wasCut: Promise<unknown> | undefined;
  await using server = await TestServer.open((request) => {
    wasCut = once(request.socket, "close");
  });
  const cut = sendHttpRequest(server.route(), POSTING, style({ connectMs: 50, answerMs: 100 }));
  await expect(cut).rejects.toMatchObject({ name: "TimeoutError", message: "no answer within 100 ms" });
  await wasCut;
});

it("does not wait for a connection for ever", async () => {
  await using server = await TestServer.open(() => {});
  const agents = { http: new HttpAgent({ maxSockets: 1 }), https: new HttpsAgent() };
  const holding = sendHttpRequest(server.route(), POSTING, style({ agents, connectMs: 200, answerMs: 400 }));
  const waiting = sendHttpRequest(server.route(), POSTING, style({ agents, connectMs: 100, answerMs: 400 }));
  await Promise.all([
    expect(waiting).rejects.toMatchObject({ message: "no connection within 100 ms" }),
    expect(holding).rejects.toMatchObject({ message: "no answer within 400 ms" }),
  ]);
});

it("half an answer is none", async () => {
  await using server = await TestServer.open((_request, response) => {
    response.writeHead(200, { "content-length": 100 });
    response.write("half", () => response.destroy());
  });
  await expect(sendHttpRequest(server.route(), POSTING, style())).rejects.toMatchObject({
    code: "ECONNRESET",
  });
});
