import { once } from "node:events";
import { connect, createServer } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { listenOn } from "./listen-on.ts";

const HERE = { host: "127.0.0.1", port: 0 };

function aServer() {
  const server = createServer();
  onTestFinished(() => void server.close());
  return server;
}

it("an error of a server that listens, such as too few descriptors, does not end the process", async () => {
  const server = aServer();
  await listenOn(server, HERE);
  server.emit("error", Object.assign(new Error("accept EMFILE"), { code: "EMFILE" }));
  const { port } = server.address() as { port: number };
  const connected = once(server, "connection");
  const socket = connect(port, HERE.host);
  onTestFinished(() => void socket.destroy());
  const [taken] = await connected;
  taken.destroy();
});

it("an address that is taken is refused with its reason", async () => {
  const first = aServer();
  await listenOn(first, HERE);
  const { port } = first.address() as { port: number };
  await expect(listenOn(aServer(), { ...HERE, port })).rejects.toMatchObject({
    code: "invalid_config",
    message: `127.0.0.1:${port} cannot be listened on: EADDRINUSE.`,
  });
});
