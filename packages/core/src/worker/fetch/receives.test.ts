import { expect, test, vi } from "vitest";
import type { ValidatedConsumer } from "../../broker/validate-consumer.ts";
import { ReconnectingConsumer } from "./receives.ts";

/** A consumer of which only `close` is used. */
function consumer() {
  const close = vi.fn(async () => {});
  return { close, asConsumer: { close } as unknown as ValidatedConsumer };
}

test("a consumer that several receives find silent is replaced once, and can be replaced again", async () => {
  const [first, second, third] = [consumer(), consumer(), consumer()];
  const opened = [second, third];
  const open = vi.fn(async () => (opened.shift() ?? first).asConsumer);
  const current = new ReconnectingConsumer(first.asConsumer, open);
  current.replace(first.asConsumer);
  current.replace(first.asConsumer);
  await vi.waitFor(() => expect(current.current).toBe(second.asConsumer));
  expect(open).toHaveBeenCalledTimes(1);
  expect(first.close).toHaveBeenCalledTimes(1);
  current.replace(second.asConsumer);
  await vi.waitFor(() => expect(second.close).toHaveBeenCalledTimes(1));
  expect(current.current).toBe(third.asConsumer);
});

test("a receive of a consumer that is replaced already does not replace the new one", async () => {
  const [first, second] = [consumer(), consumer()];
  const open = vi.fn(async () => second.asConsumer);
  const current = new ReconnectingConsumer(first.asConsumer, open);
  current.replace(first.asConsumer);
  await vi.waitFor(() => expect(current.current).toBe(second.asConsumer));
  current.replace(first.asConsumer);
  expect(open).toHaveBeenCalledTimes(1);
  expect(second.close).not.toHaveBeenCalled();
});

test("a replacement that opens after the close is closed at once", async () => {
  const [first, second] = [consumer(), consumer()];
  const current = new ReconnectingConsumer(first.asConsumer, async () => second.asConsumer);
  current.replace(first.asConsumer);
  await current.close();
  await vi.waitFor(() => expect(second.close).toHaveBeenCalledTimes(1));
  expect(first.close).toHaveBeenCalledTimes(1);
  expect(current.current).toBe(first.asConsumer);
});

test("a replacement that cannot be opened is tried again", async () => {
  const [first, second] = [consumer(), consumer()];
  const open = vi.fn().mockRejectedValueOnce(new Error("away")).mockResolvedValueOnce(second.asConsumer);
  const current = new ReconnectingConsumer(first.asConsumer, open);
  current.replace(first.asConsumer);
  await vi.waitFor(() => {
    current.replace(first.asConsumer);
    expect(current.current).toBe(second.asConsumer);
  });
  expect(first.close).toHaveBeenCalledTimes(1);
});
