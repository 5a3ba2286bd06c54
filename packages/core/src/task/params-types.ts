import type { JsonObject, JsonValue } from "../envelope/envelope.ts";
import type { ParamNames, ParamWord, ParamWords, WordTypes } from "./param-words.ts";
import type { ObjectSchema } from "./plain-schema.ts";
import type { ParamsSchema, SchemaInput, SchemaOutput } from "./schema-params.ts";

/** What a task is enqueued with. An optional parameter may hold `undefined`, which counts as left out. */
export type ParamsInput<Params> = Params extends ParamsSchema
  ? SchemaInput<Params>
  : Params extends ObjectSchema
    ? ObjectParams<Params, undefined>
    : PlainParams<Params, undefined>;

/** What the task's handler gets. A parameter that was left out is absent. */
export type ParamsOutput<Params> = Params extends ParamsSchema
  ? SchemaOutput<Params>
  : Params extends ObjectSchema
    ? ObjectParams<Params, never>
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

/** The type of what a plain JSON Schema accepts; `Absent` is what an optional parameter may hold besides its type. */
type ObjectParams<Schema extends ObjectSchema, Absent> = Flat<
  {
    readonly [Name in keyof Schema["properties"] as Name extends RequiredOf<Schema> ? Name : never]: ValueOf<
      Schema["properties"][Name]
    >;
  } & {
    readonly [Name in keyof Schema["properties"] as Name extends RequiredOf<Schema> ? never : Name]?:
      | ValueOf<Schema["properties"][Name]>
      | Absent;
  }
>;

/** The names that are known to be required: none where the list is not written in the code. */
type RequiredOf<Schema> = Schema extends { readonly required: readonly (infer Name)[] }
  ? string extends Name
    ? never
    : Name
  : never;

/** Of a property; any JSON value where the type system cannot follow the schema. */
type ValueOf<Property> = Property extends { readonly const: infer Value }
  ? Value
  : Property extends { readonly enum: readonly (infer Value)[] }
    ? Value
    : Property extends { readonly type: readonly (infer Kind)[] }
      ? ValueOfKind<Kind, Property>
      : Property extends { readonly type: infer Kind }
        ? ValueOfKind<Kind, Property>
        : JsonValue;

type ValueOfKind<Kind, Property> = Kind extends keyof Scalars
  ? Scalars[Kind]
  : Kind extends "array"
    ? Property extends { readonly items: infer Item }
      ? readonly ValueOf<Item>[]
      : readonly JsonValue[]
    : Kind extends "object"
      ? Property extends ObjectSchema
        ? ObjectParams<Property, never>
        : JsonObject
      : JsonValue;

interface Scalars {
  string: string;
  number: number;
  integer: number;
  boolean: boolean;
  null: null;
}

/** Shows an intersection as one object, in editors and in error messages. Not exported, or declarations would name it. */
type Flat<T> = { [Key in keyof T]: T[Key] };
