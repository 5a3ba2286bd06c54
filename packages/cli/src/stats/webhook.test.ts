import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { createVirtualClock } from "@jobs/core/testing";
import { expect, it, onTestFinished } from "vitest";
import { limitAlert, postAlert } from "./webhook.ts";

interface Received {
  readonly path: string | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/**
 * A server that answers each request with the next of these, the last one again and again. `cut`: it closes the
 * connection. `silent`: it never answers.
 */
async function receiver(...answers: readonly (number | "cut" | "silent")[]) {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    received.push({ path: request.url, headers: request.headers, body });
    const answer = answers[Math.min(received.length, answers.length) - 1] ?? 204;
    if (answer === "silent") return;
    if (answer === "cut") request.socket.destroy();
    else response.writeHead(answer, { location: "/private" }).end("ignored");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    received,
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?token=s3cret`),
  };
}

const ALERT = limitAlert("sqlite", "dead of mail is 3, over 0.", [
  { queue: "mail", what: "dead", found: 3, max: 0 },
]);

it("gets what is over its limit, and nothing of a job", async () => {
  const { url, received } = await receiver(200);
  expect(await postAlert(url, ALERT)).toEqual({ status: "sent" });
  expect(received).toMatchObject([
    { path: "/hook?token=s3cret", headers: { "content-type": "application/json" } },
  ]);
  expect(JSON.parse(received[0]?.body ?? "")).toEqual({
    schema: "jobs.alert/1",
    at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    broker: "sqlite",
    text: "dead of mail is 3, over 0.",
    passed: [{ queue: "mail", what: "dead", found: 3, max: 0 }],
  });
});

it("is tried again after a failure of the server or the connection", async () => {
  const { url, received } = await receiver(503, "cut", 200);
  expect(await postAlert(url, ALERT)).toEqual({ status: "sent" });
  expect(received.map(({ body }) => body)).toEqual(Array(3).fill(received[0]?.body));
});

it("is given up after three tries, with a reason that does not quote the URL", async () => {
  const { url, received } = await receiver(500);
  expect(await postAlert(url, ALERT)).toMatchObject({ status: "failed", reason: "it answers 500" });
  expect(received).toHaveLength(3);
  const closed = new URL("http://127.0.0.1:1/hook?token=s3cret");
  const failed = await postAlert(closed, ALERT);
  expect(failed).toMatchObject({ status: "failed" });
  expect(JSON.stringify(failed)).not.toContain("s3cret");
});

it("does not wait for an answer without a limit", async () => {
  const { url } = await receiver("silent");
  const clock = createVirtualClock();
  let delivered: unknown;
  void postAlert(url, ALERT, clock).then((outcome) => {
    delivered = outcome;
  });
  const later = async () => {
    await clock.advance(1_000);
    return delivered;
  };
  await expect.poll(later).toEqual({ status: "failed", reason: "no answer within 5 s" });
});

it.each([302, 307, 400, 404])("is not followed or repeated after %i", async (status) => {
  const { url, received } = await receiver(status);
  expect(await postAlert(url, ALERT)).toMatchObject({ status: "failed", reason: `it answers ${status}` });
  expect(received).toHaveLength(1);
});

it("sends user and password of the URL as its header says", async () => {
  const { url, received } = await receiver(200);
  url.username = "jobs";
  url.password = "p@ss";
  await postAlert(url, ALERT);
  expect(received[0]?.headers.authorization).toBe(`Basic ${btoa("jobs:p@ss")}`);
});
