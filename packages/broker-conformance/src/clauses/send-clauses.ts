import assert from "node:assert/strict";
import type { BodyText } from "@jobs/core/broker";
import type { Clause } from "../clause.ts";
import { assertRefused, assertRejects } from "../harness/refusal.ts";
import { BAD_LIMITS, GENEROUS_MS, message, nameOf, names } from "../harness/scene.ts";

const BAD_IDS = ["", "a b", "a/b", "a:b", "a~b", "ü", "x".repeat(129)];
const BAD_QUEUES = ["", "a b", "a/b", "../a", "*", "a:b", "x".repeat(81)];

/** Text that encodings get wrong: several planes, direction marks, separators, escapes of what JSON cannot carry raw. */
const TEXTS = [
  "",
  "ñ é 你好 🎉 👩‍👩‍👧",
  "\u202eabc\u2028\u2029\ufeff",
  "a\u0000b\u0007\ufffe\uffff",
  "'\"`%$\\{}[];--",
  "\r\n\t ",
];

/** Bodies that some stores change or refuse, and the kinds of text that allow them. */
const BODIES: readonly (readonly [body: string, kinds: readonly BodyText[]])[] = [
  ["tab\t, lines\r\n, \ud83c\udf89 and \u00e9", ["any", "unicode", "unicode-without-nul", "xml"]],
  ["", ["any", "unicode", "unicode-without-nul"]],
  ["control \u0001 and \u001f", ["any", "unicode", "unicode-without-nul"]],
  ["no characters: \ufffe and \uffff", ["any", "unicode", "unicode-without-nul"]],
  ["a NUL \u0000 inside", ["any", "unicode"]],
  ["half of a pair: \ud83c", ["any"]],
];

/** Chapter S. */
export const sendClauses: readonly Clause[] = [
  {
    id: "S1",
    rule: "Result i answers message i, and a refused message does not stop the others.",
    source: "BrokerQueue.send",
    async check(scene) {
      const results = await scene.queue.send([message("one"), message("not usable"), message("two")]);
      assert.deepEqual(
        results.map(({ status }) => status),
        ["sent", "failed", "sent"],
      );
      const taken = await scene.take(2);
      const sentIds = results.flatMap((result) => (result.status === "sent" ? [result.messageId] : []));
      const byName = new Map(taken.map((delivery) => [nameOf(delivery), delivery.messageId]));
      assert.deepEqual(
        [byName.get("one"), byName.get("two")],
        sentIds,
        "the result carries its message's id",
      );
    },
  },
  {
    id: "S2",
    rule: "Sending nothing does nothing.",
    source: "BrokerQueue.send",
    async check(scene) {
      assert.deepEqual(await scene.queue.send([]), []);
      await scene.expectNothing("nothing was sent");
    },
  },
  {
    id: "S3",
    rule: "A body arrives exactly as it was sent, with any text in its JSON.",
    source: "Delivery.body",
    async check(scene) {
      const padded = ' { "text": "spaced" }\r\n';
      const bodies = [padded, ...TEXTS.map((text) => escapeControls(JSON.stringify({ text })))];
      await scene.queue.send(bodies.map((body, index) => ({ ...message(`text-${index}`), body })));
      const taken = await scene.take(bodies.length);
      assert.deepEqual(taken.map(({ body }) => body).sort(), [...bodies].sort());
    },
  },
  {
    id: "S4",
    rule: "A body with raw control characters arrives exactly as it was sent, or is refused; it is never changed.",
    source: "Delivery.body",
    async check(scene) {
      const body = "\u0000raw\u0001\u001f\u0000 end\u0000";
      const [result] = await scene.queue.send([{ ...message("raw"), body }]);
      if (result?.status === "failed") return scene.expectNothing("it was refused");
      assert.equal((await scene.takeOne()).body, body);
    },
  },
  {
    id: "S5",
    rule: "A body of maxMessageBytes is delivered; one byte more is refused, also as a part of a longer character.",
    source: "Capabilities.maxMessageBytes",
    async check(scene) {
      const max = Math.min(scene.capabilities.maxMessageBytes, 1024 * 1024);
      const whole = "x".repeat(max);
      assert.equal((await scene.queue.send([{ ...message("whole"), body: whole }]))[0]?.status, "sent");
      assert((await scene.takeOne()).body === whole, "the largest body arrives unchanged");
      if (max < scene.capabilities.maxMessageBytes) return;
      const results = await scene.queue.send([
        { ...message("long"), body: `${whole}x` },
        { ...message("wide"), body: `${"x".repeat(max - 1)}é` },
      ]);
      for (const result of results) assertRefused(result, "payload_too_large");
    },
  },
  {
    id: "S6",
    rule: "A send of 1,000 messages stores each of them once.",
    source: "BrokerQueue.send",
    async check(scene) {
      const sent = names("bulk", 1000);
      const ids = await scene.send(sent);
      assert.equal(new Set(ids).size, 1000, "ids are not shared");
      const taken = await scene.take(1000);
      assert.deepEqual(taken.map(nameOf).sort(), [...sent].sort());
      await scene.expectNothing("each was stored once");
    },
  },
  {
    id: "S7",
    rule: "An id other than 1 to 128 letters, digits, `_`, `.` or `-` is refused.",
    source: "OutgoingMessage.id",
    async check(scene) {
      const results = await scene.queue.send(BAD_IDS.map((id) => ({ ...message("bad"), id })));
      for (const result of results) assertRefused(result, "invalid_config");
      const longest = `a_.-${"9".repeat(124)}`;
      assert.equal((await scene.queue.send([{ ...message("good"), id: longest }]))[0]?.status, "sent");
    },
  },
  {
    id: "S8",
    rule: "A queue name other than 1 to 80 letters, digits, `_`, `.` or `-` is refused by both ends.",
    source: "fault F64",
    async check({ broker, time }) {
      for (const name of BAD_QUEUES) {
        await assertRejects(broker.openQueue(name), "invalid_config");
        await assertRejects(broker.openConsumer(name, { leaseMs: time.tickMs }), "invalid_config");
      }
    },
  },
  {
    id: "S9",
    rule: "Text that the queue declares arrives exactly as it was sent; other text is refused, and the other messages are sent.",
    source: "Capabilities.bodyText",
    async check(scene) {
      const { bodyText } = scene.capabilities;
      const results = await scene.queue.send(
        BODIES.map(([body], index) => ({ ...message(`body-${index}`), body })),
      );
      for (const [index, [body, kinds]] of BODIES.entries()) {
        if (kinds.includes(bodyText)) assert.equal(results[index]?.status, "sent", JSON.stringify(body));
        else assertRefused(results[index], "malformed_message");
      }
      const declared = BODIES.flatMap(([body, kinds]) => (kinds.includes(bodyText) ? [body] : []));
      const taken = await scene.take(declared.length);
      assert.deepEqual(taken.map(({ body }) => body).sort(), declared.sort());
    },
  },
  {
    id: "S10",
    rule: "A send accepts a time limit; a limit that is no length of time is refused, and nothing is sent.",
    source: "CallOptions.timeoutMs",
    async check(scene) {
      for (const timeoutMs of BAD_LIMITS)
        await assertRejects(scene.queue.send([message("never")], { timeoutMs }), "invalid_config");
      await scene.expectNothing("nothing was sent");
      const [result] = await scene.queue.send([message("job")], { timeoutMs: GENEROUS_MS });
      assert.equal(result?.status, "sent");
    },
  },
];

/** Does the same as the envelope, since some brokers refuse such characters: writes them as JSON escapes. */
function escapeControls(json: string): string {
  return json.replace(/[\ufffe\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16)}`);
}
