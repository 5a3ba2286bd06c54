import { type App, defineTask, handle } from "@jobs/core";
import { expectTypeOf } from "vitest";
import { createTestApp } from "./create-test-app.ts";

const add = defineTask("add", { a: "number", b: "number?" });
const t = createTestApp({ tasks: [add], handlers: [handle(add, ({ a, b = 0 }) => a + b)] });

expectTypeOf(t.app).toEqualTypeOf<App<readonly [typeof add]>>();
expectTypeOf(t.enqueued(add)[0]?.params.a).toEqualTypeOf<number | undefined>();
expectTypeOf(t.dead(add)[0]?.params.b).toEqualTypeOf<number | undefined>();
t.expectEnqueued(add, { a: 1 });
t.expectEnqueued(add, {});
// @ts-expect-error: not a parameter of this task
t.expectEnqueued(add, { c: 1 });
// @ts-expect-error: of another type
t.expectEnqueued(add, { a: "1" });

for (const outcome of t.outcomes) {
  if (outcome.status === "retried") expectTypeOf(outcome.delayMs).toEqualTypeOf<number>();
  // @ts-expect-error: only where the handler returned
  outcome.result;
}
