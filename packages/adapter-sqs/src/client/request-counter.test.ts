import { expect, it } from "vitest";
import { RequestCounter } from "./request-counter.ts";

it("counts requests by action, and each started 64 KiB of bodies once more", () => {
  const counter = new RequestCounter();
  const body = (size: number) => "x".repeat(size);
  counter.add("ReceiveMessageCommand", {}, {});
  counter.add("ReceiveMessageCommand", {}, { Messages: [{ Body: body(65_536) }, { Body: "y" }] });
  counter.add("SendMessageBatchCommand", {
    Entries: [{ MessageBody: body(40_000) }, { MessageBody: body(40_000) }],
  });
  counter.add(
    "SendMessageBatchCommand",
    { Entries: [{ MessageBody: "ä".repeat(32_768) }] },
    { Successful: [] },
  );
  counter.add("DeleteMessageBatchCommand", { Entries: [{ Id: "0" }] });
  expect(counter.list()).toEqual([
    { action: "ReceiveMessage", sent: 2, billed: 3 },
    { action: "SendMessageBatch", sent: 2, billed: 3 },
    { action: "DeleteMessageBatch", sent: 1, billed: 1 },
  ]);
});
