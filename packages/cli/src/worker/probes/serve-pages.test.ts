import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterEach, expect, it } from "vitest";
import { type PageServer, servePages } from "./serve-pages.ts";

let server: PageServer | undefined;
const sockets: Socket[] = [];

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  server?.close();
});

async function serve(): Promise<{ readonly port: number; readonly url: string }> {
  server = await servePages(
    { host: "127.0.0.1", port: 0 },
    {
      "/live": () => ({ status: 200, type: "text/plain", body: "yes\n" }),
      "/broken": () => {
        throw Object.create(null);
      },
    },
  );
  return { port: Number(new URL(server.url).port), url: server.url };
}

async function open(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  sockets.push(socket);
  await once(socket, "connect");
  return socket;
}

it("answers while hundreds of connections send nothing, and holds 64 of them at most", async () => {
  const { port, url } = await serve();
  const slow = await Promise.all(Array.from({ length: 300 }, () => open(port)));
  expect(await (await fetch(`${url}/live`)).text()).toBe("yes\n");
  const closed = () => slow.filter((socket) => socket.destroyed || socket.closed).length;
  for (const socket of slow) socket.resume();
  await expect.poll(closed).toBeGreaterThanOrEqual(300 - 64);
});

it("ends a connection whose request does not arrive", async () => {
  const { port } = await serve();
  const socket = await open(port);
  socket.write("GET /live HTTP/1.1\r\nHost: x\r\nX-Slow: ");
  socket.resume();
  await once(socket, "close");
});

it("does not read a body: a large one is refused at once and its connection ends", async () => {
  const { port, url } = await serve();
  for (const method of ["POST", "GET"]) {
    const socket = await open(port);
    const closed = new Promise<void>((resolve) => void socket.once("close", () => resolve()));
    const chunk = Buffer.alloc(65_536);
    const feed = () => {
      while (socket.writable && socket.write(chunk));
    };
    socket.resume().on("drain", feed);
    socket.write(`${method} /live HTTP/1.1\r\nHost: x\r\nContent-Length: 200000000\r\n\r\n`);
    feed();
    await closed;
    expect(socket.bytesWritten).toBeLessThan(20_000_000);
  }
  expect((await fetch(`${url}/live`, { method: "POST", body: "x" })).status).toBe(405);
});

it("refuses a head over 8 KiB", async () => {
  const { url } = await serve();
  const answer = await fetch(`${url}/live`, { headers: { "x-long": "x".repeat(10_000) } });
  expect(answer.status).toBe(431);
});

it("answers a page with a query, a page that is not there, and one that throws", async () => {
  const { url } = await serve();
  const status = async (path: string) => (await fetch(`${url}${path}`)).status;
  expect([await status("/live?verbose"), await status("/nope"), await status("/broken")]).toEqual([
    200, 404, 500,
  ]);
});
