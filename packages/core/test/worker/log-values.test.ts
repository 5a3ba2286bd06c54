import { expect, it } from "vitest";
import { hostileValues } from "../../../../test-servers/hostile-values.mjs";
import { defineTask, handle } from "../../src/index.ts";
import { createRig } from "../rig.ts";

const throwing = () => {
  throw new Error("not for reading");
};

/** What a handler may hand to its log without meaning harm. */
const VALUES: Readonly<Record<string, () => unknown>> = {
  ...hostileValues(),
  "an object with a getter that throws": () =>
    Object.defineProperty({ a: 1 }, "b", { get: throwing, enumerable: true }),
  "a proxy that refuses everything": () =>
    new Proxy({}, { get: throwing, ownKeys: throwing, getOwnPropertyDescriptor: throwing }),
  "a cycle": () => {
    const round: Record<string, unknown> = {};
    round.self = round;
    return round;
  },
  "a BigInt": () => ({ n: 10n }),
  "a toJSON that throws": () => ({ a: { toJSON: throwing } }),
  "a huge object": () => Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`k${n}`, n])),
  "a text in place of fields": () => "text",
  null: () => null,
};

it.each(Object.entries(VALUES))(
  "a line of ctx.log with %s never changes what becomes of the job",
  async (_, make) => {
    const task = defineTask("log", {}, { maxAttempts: 1 });
    const rig = createRig({
      tasks: [task],
      handlers: [
        handle(task, (_params, ctx) => {
          const value = make();
          ctx.log.info(value as string);
          ctx.log.warn("fields", value as Record<string, unknown>);
          ctx.log.error("a field", { value });
          ctx.progress(value);
        }),
      ],
    });
    const events: string[] = [];
    rig.app.observe(({ type }) => events.push(type));
    await rig.app.enqueue(task, {});
    const { report } = rig.start({ until: { type: "drained" } });
    await rig.clock.advance(1_000);
    expect(await report).toMatchObject({ succeeded: 1, dead: 0 });
    expect(events.filter((type) => type === "job.log")).toHaveLength(3);
  },
);
