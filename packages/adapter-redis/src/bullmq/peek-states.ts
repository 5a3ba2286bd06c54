import type { PeekedState, PeekOptions, PeekPage } from "@jobs/core/broker";
import { systemClock } from "@jobs/core/runtime";
import { type JobForm, parseOptions } from "../codec/job-form.ts";
import type { RedisClient } from "../connection/connection-options.ts";
import { toMessageId } from "../queue/message-key.ts";
import { type PeekedMessage, peekArguments, peekPage } from "../queue/peek-messages.ts";
import { PEEKED_FIELDS } from "../scripts/peek.lua.ts";

/** A list or a sorted set of BullMQ that holds a state, or a part of it. */
interface Part {
  readonly key: string;
  readonly isList: boolean;
  /** The rank of its first job in the list or set. */
  readonly first: number;
  readonly size: number;
}

/** BullMQ's scores of delayed jobs: 12 bits below the ms keep their order. */
const SCORES_PER_MS = 0x1000;

/** The highest score of a job that is due now. */
export function lastDueScore(): number {
  return (systemClock.now() + 1) * SCORES_PER_MS - 1;
}

/** The list that BullMQ 5 moves the waiting jobs of a paused queue to. */
export const PAUSED = "paused";

/** The queue that is read. */
export interface PeekedQueue {
  readonly client: RedisClient;
  /** The beginning of its keys. */
  readonly prefix: string;
  readonly form: JobForm;
}

/**
 * Reads a page of a queue. It moves no job: a delayed job that is due counts as ready, though it is still in its set.
 */
export async function peekStates(
  { client, prefix, form }: PeekedQueue,
  options: PeekOptions,
): Promise<PeekPage> {
  const [, limit, after, position, only] = peekArguments(options);
  const parts = await partsOf(client, prefix, options.state);
  const ids =
    only === ""
      ? await readPage(client, parts, {
          after: String(after),
          position: Number(position),
          limit: Number(limit),
        })
      : [{ id: String(only), position: await positionOf(client, parts, String(only)) }];
  const found = await Promise.all(
    ids.map(async ({ id, position: at }): Promise<PeekedMessage | undefined> => {
      if (at === undefined) return undefined;
      const job = `${prefix}${id}`;
      const fields = client.hmget(job, ...PEEKED_FIELDS);
      const lock = `${job}:lock`;
      const isLeased = options.state === "leased";
      const token = isLeased ? client.get(lock) : null;
      const leftMs = isLeased ? client.pttl(lock) : 0;
      const body = withBody(await fields, toMessageId(id), form);
      const leaseUntil = isLeased ? systemClock.now() + Math.max(0, await leftMs) : 0;
      return [id, at + 1, body, (await token) ?? "", leaseUntil];
    }),
  );
  return peekPage(
    found.filter((message) => message !== undefined),
    options,
  );
}

/** The same fields, with the whole body of the message in the place of the job's data, and no options. */
function withBody(fields: readonly (string | null)[], id: string, form: JobForm): readonly (string | null)[] {
  const field = (name: (typeof PEEKED_FIELDS)[number]) => fields[PEEKED_FIELDS.indexOf(name)] ?? "";
  const job = { id, name: field("name"), data: field("data"), timestamp: field("timestamp") };
  const body = form.toBody({ ...job, opts: parseOptions(field("opts")) });
  const changed: Readonly<Record<string, string | null>> = { data: body, opts: null };
  return PEEKED_FIELDS.map((name, index) =>
    name in changed ? (changed[name] ?? null) : (fields[index] ?? null),
  );
}

async function partsOf(client: RedisClient, prefix: string, state: PeekedState): Promise<readonly Part[]> {
  const list = async (name: string): Promise<Part> => {
    const key = prefix + name;
    return { key, isList: true, first: 0, size: await client.llen(key) };
  };
  const set = async (name: string): Promise<Part> => {
    const key = prefix + name;
    return { key, isList: false, first: 0, size: await client.zcard(key) };
  };
  if (state === "leased") return [await list("active")];
  if (state === "dead") return [await set("failed")];
  if (state === "succeeded") return [await set("completed")];
  const [delayed, due] = await Promise.all([
    set("delayed"),
    client.zcount(`${prefix}delayed`, "-inf", lastDueScore()),
  ]);
  if (state === "delayed") return [{ ...delayed, first: due, size: delayed.size - due }];
  const ready = await Promise.all([list("wait"), list(PAUSED), set("prioritized")]);
  return [...ready, { ...delayed, size: due }];
}

interface Placed {
  readonly id: string;
  readonly position: number | undefined;
}

/** Reads on behind the last message of the page before. If that message has gone, it begins at its old position. */
async function readPage(
  client: RedisClient,
  parts: readonly Part[],
  { after, position, limit }: { readonly after: string; readonly position: number; readonly limit: number },
): Promise<readonly Placed[]> {
  const last = after === "" ? undefined : await positionOf(client, parts, after);
  const start = last === undefined ? position : last + 1;
  const placed: Placed[] = [];
  let before = 0;
  for (const part of parts) {
    const from = Math.max(0, start + placed.length - before);
    for (const id of await idsOf(client, part, from, limit - placed.length))
      placed.push({ id, position: start + placed.length });
    before += part.size;
  }
  return placed;
}

async function idsOf(client: RedisClient, part: Part, from: number, most: number): Promise<string[]> {
  const last = Math.min(from + most, part.size) - 1;
  if (last < from) return [];
  if (!part.isList) return client.zrange(part.key, String(part.first + from), String(part.first + last));
  // The first of a list is at its right end.
  return (await client.lrange(part.key, -last - 1, -from - 1)).reverse();
}

async function positionOf(
  client: RedisClient,
  parts: readonly Part[],
  id: string,
): Promise<number | undefined> {
  let before = 0;
  for (const part of parts) {
    const position = await positionIn(client, part, id);
    if (position !== undefined) return before + position;
    before += part.size;
  }
  return undefined;
}

async function positionIn(client: RedisClient, part: Part, id: string): Promise<number | undefined> {
  if (part.isList) {
    const fromLeft = await client.lpos(part.key, id);
    return fromLeft === null ? undefined : part.size - 1 - fromLeft;
  }
  const rank = await client.zrank(part.key, id);
  const isInside = rank !== null && rank >= part.first && rank < part.first + part.size;
  return isInside ? rank - part.first : undefined;
}
