import type { JsonValue } from "../envelope/envelope.ts";
import type { ParamNames, ParamWord, ParamWords, WordTypes } from "./param-words.ts";
import type { ParamsSchema, SchemaInput, SchemaOutput } from "./schema-params.ts";

/** What a task is enqueued with. An optional parameter may hold `undefined`, which counts as left out. */
export type ParamsInput<Params> = Params extends ParamsSchema
  ? SchemaInput<Params>
  : PlainParams<Params, undefined>;

/** What the task's handler gets. A parameter that was left out is absent. */
export type ParamsOutput<Params> = Params extends ParamsSchema
  ? SchemaOutput<Params>
  : PlainParams<Params, never>;

/** Parameters of the two built-in forms; `Absent` is what an optional one may hold besides its type. */
type PlainParams<Params, Absent> = Params extends ParamNames
  ? Flat<
      { readonly [Entry in Params[number] as RequiredName<Entry>]: JsonValue } & {
        readonly [Entry in Params[number] as OptionalName<Entry>]?: JsonValue | Absent;
      }
    >
  : Params extends ParamWords
    ? Flat<
        { readonly [Name in keyof Params as RequiredKey<Params, Name>]: WordType<Params[Name]> } & {
          readonly [Name in keyof Params as OptionalKey<Params, Name>]?: WordType<Params[Name]> | Absent;
        }
      >
    : never;

type RequiredName<Entry extends string> = Entry extends `${string}?` ? never : Entry;
type OptionalName<Entry extends string> = Entry extends `${infer Name}?` ? Name : never;
type RequiredKey<Words, Name extends keyof Words> = Words[Name] extends `${string}?` ? never : Name;
type OptionalKey<Words, Name extends keyof Words> = Words[Name] extends `${string}?` ? Name : never;
type WordType<Word> = Word extends ParamWord
  ? WordTypes[Word]
  : Word extends `${infer Known extends ParamWord}?`
    ? WordTypes[Known]
    : never;

/** Shows an intersection as one object, in editors and in error messages. */
type Flat<T> = { [Key in keyof T]: T[Key] };
