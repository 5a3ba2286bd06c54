import { digest, type Json, sortedJson } from "../lock/schema/model.ts";
import type { Lock, LockedTask } from "../lock/task-lock.ts";
import { ENVELOPE_FIELDS, REQUIRED_FIELDS } from "./envelope-schema.ts";
import { schemaOf } from "./locked-params.ts";

/** What is known of the broker that has the queues. */
export interface QueueTarget {
  /** Prefix of each queue on the broker. */
  readonly prefix: string;
  /** Kind of the broker, if the project or a flag names one. */
  readonly broker?: string | undefined;
}

type Node = { readonly [keyword: string]: Json };

/** What AsyncAPI has to say about a queue, by the kind of the broker. */
const BINDINGS: { readonly [broker: string]: (queue: string) => Node } = {
  sqs: (name) => ({ queue: { name, fifoQueue: name.endsWith(".fifo") } }),
};

/** The queues, and the messages that the owner of the tasks receives there, as AsyncAPI 3.0. */
export function asyncapiDocument({ tasks }: Lock, { prefix, broker = "" }: QueueTarget): Json {
  const queues = [...new Set(Object.values(tasks).map(({ queue }) => queue))].sort();
  const entries = Object.entries(tasks);
  const tasksOf = (queue: string) => entries.filter(([, task]) => task.queue === queue).map(([name]) => name);
  const channels = queues.map((queue) => {
    const address = `${prefix}${queue}`;
    const binding = Object.hasOwn(BINDINGS, broker) ? BINDINGS[broker]?.(address) : undefined;
    const messages = tasksOf(queue).map((name) => [name, { $ref: `#/components/messages/${name}` }]);
    return [
      queue,
      {
        address,
        messages: Object.fromEntries(messages),
        ...(binding === undefined ? {} : { bindings: { [broker]: binding } }),
      },
    ];
  });
  return {
    asyncapi: "3.0.0",
    info: { title: "Jobs", version: digest(sortedJson(tasks)) },
    defaultContentType: "application/json",
    channels: Object.fromEntries(channels),
    operations: Object.fromEntries(queues.map((queue) => [`run_${queue}`, operation(queue, tasksOf(queue))])),
    components: {
      messages: Object.fromEntries(entries.map(([name, task]) => [name, message(name, task)])),
      schemas: { envelope: envelope() },
    },
  };
}

function operation(queue: string, tasks: readonly string[]): Node {
  const channel = `#/channels/${queue}`;
  return {
    action: "receive",
    channel: { $ref: channel },
    messages: tasks.map((name) => ({ $ref: `${channel}/messages/${name}` })),
  };
}

function message(name: string, task: LockedTask): Node {
  const params = draft07(schemaOf(task));
  return {
    name,
    payload: {
      allOf: [
        { $ref: "#/components/schemas/envelope" },
        { type: "object", properties: { task: { const: name }, params } },
      ],
    },
  };
}

function envelope(): Node {
  const properties = { task: { type: "string" }, params: { type: "object" }, ...ENVELOPE_FIELDS };
  return { type: "object", properties, required: REQUIRED_FIELDS };
}

/** AsyncAPI reads schemas as draft-07, which writes tuples in another way. */
function draft07(schema: Json): Json {
  if (typeof schema !== "object" || schema === null || Array.isArray(schema)) return schema;
  const { prefixItems, items, ...rest } = mapSchemas(schema as Node, draft07);
  if (prefixItems === undefined) return items === undefined ? rest : { ...rest, items };
  return { ...rest, items: prefixItems, ...(items === undefined ? {} : { additionalItems: items }) };
}

/** Keywords whose value is a schema, a list of schemas or schemas by name. Others hold values. */
function mapSchemas(node: Node, change: (schema: Json) => Json): Node {
  const changed = Object.entries(node).map(([keyword, value]): [string, Json] => {
    switch (keyword) {
      case "items":
      case "additionalProperties":
        return [keyword, change(value)];
      case "anyOf":
      case "allOf":
      case "prefixItems":
        return [keyword, (value as readonly Json[]).map(change)];
      case "properties":
        return [
          keyword,
          Object.fromEntries(Object.entries(value as Node).map(([name, inner]) => [name, change(inner)])),
        ];
      default:
        return [keyword, value];
    }
  });
  return Object.fromEntries(changed);
}
