import type { JsonObject, JsonValue } from "../envelope/envelope.ts";
import type { ParamNames, ParamWord, ParamWords, WordTypes } from "./param-words.ts";
import type { ObjectSchema } from "./plain-schema.ts";
import type { ParamsSchema, SchemaInput, SchemaOutput } from "./schema-params.ts";

/** The four forms of parameters; each becomes a `Signature`. */
export type TaskParams = ParamWords | ParamNames | ParamsSchema | ObjectSchema;

/** The parameters for an enqueue. An optional parameter may be `undefined`, which counts as left out. */
export type ParamsInput<Params> = Params extends ParamsSchema
  ? SchemaInput<Params>
  : Params extends ObjectSchema
    ? ObjectParams<Params, undefined>
    : PlainParams<Params, undefined>;

/** The parameters for the handler. A parameter that was left out is absent. */
export type ParamsOutput<Params> = Params extends ParamsSchema
  ? SchemaOutput<Params>
  : Params extends ObjectSchema
    ? ObjectParams<Params, never>
    : PlainParams<Params, never>;

/** Parameters of the two built-in forms. `Absent` is a further type of optional ones. */
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

/** The type that a plain JSON Schema accepts. `Absent` is a further type of optional parameters. */
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

/** Required names; none where the list is not a literal in the code. */
type RequiredOf<Schema> = Schema extends { readonly required: readonly (infer Name)[] }
  ? string extends Name
    ? never
    : Name
  : never;

/** Of a property; any JSON value where the type system cannot infer the schema. */
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

/**
 * Shows an intersection as one object in editors and error messages. Not exported, so that declarations do not name it.
 */
type Flat<T> = { [Key in keyof T]: T[Key] };
