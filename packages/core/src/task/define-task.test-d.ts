import { z } from "zod";
import type { JsonObject, JsonValue } from "../envelope/envelope.ts";
import type { Enqueue } from "../job/enqueue.ts";
import { handle } from "../job/handler.ts";
import { defineTask } from "./define-task.ts";
import type { Task, TaskInput, TaskOutput } from "./task.ts";
import { upcast } from "./upcast.ts";

/** `true` only when both types are identical, with `readonly` and `?`. */
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function expectType<_Holds extends true>(): void {}

const words = defineTask("words", {
  a: "number",
  b: "integer?",
  c: "string",
  d: "boolean?",
  e: "object",
  f: "array?",
  g: "any",
});
const names = defineTask("names", ["file", "dry_run?"]);
const schema = defineTask("schema", z.object({ to: z.string(), count: z.number().default(1) }));
const dated = defineTask("dated", z.object({ at: z.iso.datetime().transform((text) => new Date(text)) }));
const plain = defineTask("plain", {
  type: "object",
  properties: {
    to: { type: "string", format: "email" },
    tone: { enum: ["kind", "stern"] },
    sizes: { type: "array", items: { type: "integer" } },
    at: { type: "object", properties: { x: { type: "number" } }, required: ["x"] },
    note: { type: ["string", "null"] },
    rest: {},
  },
  required: ["to", "sizes"],
});
declare const fromFile: { type: string; properties: { to: { type: string } }; required: string[] };
const read = defineTask("read", fromFile);
const none = defineTask("none", {});

// Words: each has its type, `?` makes it optional, in and out.
expectType<
  Equal<
    TaskInput<typeof words>,
    {
      readonly a: number;
      readonly c: string;
      readonly e: JsonObject;
      readonly g: JsonValue;
      readonly b?: number | undefined;
      readonly d?: boolean | undefined;
      readonly f?: readonly JsonValue[] | undefined;
    }
  >
>();
expectType<
  Equal<
    TaskOutput<typeof words>,
    {
      readonly a: number;
      readonly c: string;
      readonly e: JsonObject;
      readonly g: JsonValue;
      readonly b?: number;
      readonly d?: boolean;
      readonly f?: readonly JsonValue[];
    }
  >
>();

// Names only: any JSON value.
expectType<
  Equal<TaskInput<typeof names>, { readonly file: JsonValue; readonly dry_run?: JsonValue | undefined }>
>();
expectType<Equal<TaskOutput<typeof names>, { readonly file: JsonValue; readonly dry_run?: JsonValue }>>();

// Schema: its input is sent, its output reaches the handler.
expectType<Equal<TaskInput<typeof schema>, { to: string; count?: number | undefined }>>();
expectType<Equal<TaskOutput<typeof schema>, { to: string; count: number }>>();
expectType<Equal<TaskInput<typeof dated>, { at: string }>>();
expectType<Equal<TaskOutput<typeof dated>, { at: Date }>>();

// Plain JSON Schema: types only where the type system can infer them; a file is known only at run time.
type Plain = {
  readonly to: string;
  readonly sizes: readonly number[];
  readonly tone?: "kind" | "stern";
  readonly at?: { readonly x: number };
  readonly note?: string | null;
  readonly rest?: JsonValue;
};
expectType<Equal<TaskOutput<typeof plain>, Plain>>();
expectType<Equal<TaskInput<typeof plain>["tone"], "kind" | "stern" | undefined>>();
expectType<Equal<TaskOutput<typeof read>, { readonly to?: JsonValue }>>();

// The name is a literal type, so that it distinguishes tasks.
expectType<Equal<(typeof words)["name"], "words">>();

// One list can contain different tasks.
const all: readonly Task[] = [words, names, schema, dated, none];
const listed = [words, names] as const;
expectType<Equal<(typeof listed)[number]["name"], "words" | "names">>();

// Wrong words and options are refused where they stand.
// @ts-expect-error no such word
defineTask("wrong", { a: "numbr" });
// @ts-expect-error `??` is no word
defineTask("wrong", { a: "number??" });
// @ts-expect-error a schema that cannot describe itself
defineTask("wrong", { "~standard": { version: 1, vendor: "x", validate: () => ({ value: 1 }) } });
// @ts-expect-error `required` is a list
defineTask("wrong", { type: "object", properties: {}, required: "a" });
// @ts-expect-error parameters are not a word
defineTask("wrong", "number");
// @ts-expect-error no such option
defineTask("wrong", {}, { que: "mail" });
// @ts-expect-error a queue is a text
defineTask("wrong", {}, { queue: 1 });

declare const enqueue: Enqueue;

// Enqueueing is typed by the contract.
void enqueue(words, { a: 1, c: "x", e: {}, g: null });
void enqueue(words, { a: 1, c: "x", e: {}, g: null, b: undefined });
void enqueue(schema, { to: "x" });
void enqueue(none, {});
// @ts-expect-error `a` is missing
void enqueue(words, { c: "x", e: {}, g: null });
// @ts-expect-error everything is missing
void enqueue(schema, {});
// @ts-expect-error `to` has the wrong type
void enqueue(schema, { to: 1 });
// @ts-expect-error `cc` is not declared
void enqueue(schema, { to: "x", cc: "y" });
declare const partial: { to?: string };
// @ts-expect-error what may lack `to` is refused, the contract is not widened to fit it
void enqueue(schema, partial);
// @ts-expect-error a Date does not travel
void enqueue(names, { file: new Date() });

// Handlers get the output.
handle(words, ({ a, b = 0 }) => a + b);
handle(schema, ({ count }) => count.toFixed());
handle(dated, ({ at }) => at.getTime());
// @ts-expect-error a handler cannot ask for what its task does not declare
handle(schema, ({ cc }) => cc);

// A task that somebody else made is still a task.
export function describe(task: Task): string {
  return `${task.name}(${task.signature.text}) of ${all.length}`;
}

// Versions: each step is checked. It gets the output of its version, and returns the input of the next one.
const versioned = defineTask(
  "versioned",
  z.object({
    to: z.string(),
    tone: z.enum(["kind", "stern"]),
    at: z.iso.datetime().transform((text) => new Date(text)),
  }),
  {
    version: 3,
    queue: "mail",
    from: {
      1: upcast({ mail: "string", count: "integer?" }, ({ mail, count = 1 }) => ({
        to: mail,
        at: count.toFixed(),
      })),
      2: upcast(z.object({ to: z.string(), at: z.string().default("") }), (old) => ({
        ...old,
        at: old.at.toUpperCase(),
        tone: "kind",
      })),
    },
    to: {
      2: ({ to, at }) => ({ to, at }),
      1: ({ to, at }) => ({ mail: to, count: Number(at) }),
    },
  },
);
expectType<Equal<TaskInput<typeof versioned>, { to: string; tone: "kind" | "stern"; at: string }>>();
expectType<Equal<TaskOutput<typeof versioned>, { to: string; tone: "kind" | "stern"; at: Date }>>();

const toText = upcast({ mail: "string" }, ({ mail }) => ({ to: mail }));
defineTask("aside", { to: "string" }, { version: 2, from: { 1: toText } });
defineTask("words", { to: "string", cc: "array?" }, { version: 2, from: { 1: toText } });
defineTask(
  "union",
  { to: "string", cc: "string?" },
  {
    version: 2,
    from: { 1: upcast(["mail"], ({ mail }) => (mail === null ? { to: "" } : { to: "", cc: "" })) },
  },
);
// @ts-expect-error a step must return what the next version requires
defineTask("wrong", { to: "string", cc: "string" }, { version: 2, from: { 1: toText } });
// @ts-expect-error a step must return the types of the next version
defineTask("wrong", { to: "number" }, { version: 2, from: { 1: toText } });
// @ts-expect-error a step must not return a name that the next version does not have
defineTask("wrong", { to: "string" }, { version: 2, from: { 1: upcast({}, () => ({ to: "", too: "" })) } });
// @ts-expect-error a step between two earlier versions is checked by the later one of them
defineTask("wrong", { to: "string" }, { version: 3, from: { 1: upcast({}, () => ({ to: "" })), 2: toText } });
// @ts-expect-error version 2 has no step
defineTask("wrong", { to: "string" }, { version: 3, from: { 1: toText } });
// @ts-expect-error a step is synchronous
defineTask("wrong", { to: "string" }, { version: 2, from: { 1: upcast({}, async () => ({ to: "" })) } });
// @ts-expect-error a step gets the parameters of its version
upcast({ mail: "string" }, ({ to }) => ({ to }));
// @ts-expect-error a step is made by upcast
defineTask("wrong", { to: "string" }, { version: 2, from: { 1: () => ({ to: "" }) } });
// @ts-expect-error a step back returns the parameters of the earlier version
defineTask("wrong", { to: "string" }, { version: 2, from: { 1: toText }, to: { 1: () => ({ mail: 1 }) } });
declare const later: { readonly version: 2; readonly from: { readonly 1: typeof toText } };
// @ts-expect-error a step back gets the parameters of the later version
defineTask("wrong", { to: "string" }, { ...later, to: { 1: (now) => ({ mail: now.mail }) } });
// @ts-expect-error a step back leads to a version of from
defineTask("wrong", { to: "string" }, { version: 2, to: { 1: () => ({ mail: "" }) } });
