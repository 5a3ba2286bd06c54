import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { distModule, ROOT } from "./dist-module.mjs";
import { generatedNote } from "./generated-note.mjs";

const SOURCE = "packages/core/src/broker/capabilities.ts";

/**
 * docs/brokers/capabilities.md: the capabilities that each broker declares. A broker that needs no server opens a
 * queue.
 */
export async function capabilitiesPage() {
  const folder = mkdtempSync(join(tmpdir(), "jobs-capabilities-"));
  try {
    const { memory } = await distModule("adapter-memory");
    const { sqlite } = await distModule("adapter-sqlite");
    const brokers = { memory: memory(), SQLite: sqlite({ file: join(folder, "jobs.db") }) };
    const { adapter: redis, bullmqCapabilities } = await distModule("adapter-redis");
    const asked = await Promise.all(Object.entries(brokers).map(([name, broker]) => ask(name, broker)));
    const { adapter: sqs, sqsCapabilities } = await distModule("adapter-sqs");
    const { adapter: postgres } = await distModule("adapter-postgres");
    const columns = [
      ...asked,
      { name: "Redis", reach: redis.reach, capabilities: redis.limits },
      { name: "Redis, engine bullmq", reach: redis.reach, capabilities: bullmqCapabilities() },
      { name: "Postgres", reach: postgres.reach, capabilities: postgres.limits },
      { name: "SQS", reach: sqs.reach, capabilities: sqs.limits },
      { name: "SQS FIFO", reach: sqs.reach, capabilities: sqsCapabilities({ isFifo: true }) },
    ];
    return renderCapabilities(readFileSync(`${ROOT}${SOURCE}`, "utf8"), columns);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * @param {string} interfaceSource Its members' doc comments explain the rows.
 * @param {readonly { name: string, reach: string, capabilities: Readonly<Record<string, unknown>> }[]} columns
 */
export function renderCapabilities(interfaceSource, columns) {
  const rows = listMembers(interfaceSource).map(({ name, meaning }) => {
    const answers = columns.map(({ capabilities }) => answer(capabilities[name]));
    return `| ${[`\`${name}\``, meaning, ...answers].join(" | ")} |`;
  });
  rows.unshift(`| ${["`reach`", REACH, ...columns.map(({ reach }) => reach)].join(" | ")} |`);
  const head = ["capability", "what it says", ...columns.map(({ name }) => name)];
  const table = [`| ${head.join(" | ")} |`, `|${"---|".repeat(head.length)}`, ...rows].join("\n");
  return `${[generatedNote(`${SOURCE} and the brokers' own answers`), INTRODUCTION, table].join("\n\n")}\n`;
}

/** A property of the broker, not of a queue. */
const REACH =
  "Who sees its queues: this process, this machine, or other machines on the network. Declared by the broker, not by a queue.";

const INTRODUCTION = `# What each broker can do

A broker declares its capabilities for each open queue. It refuses any other use with \`unsupported\` and never
ignores it. \`jobs caps\` prints the same for the queues of your application. Times are in ms.`;

/**
 * @param {string} name
 * @param {{ reach: string, openQueue(name: string): Promise<{ capabilities: Readonly<Record<string, unknown>> }>, close(): Promise<void> }} broker
 */
async function ask(name, broker) {
  const { reach } = broker;
  const { capabilities } = await broker.openQueue("default");
  await broker.close();
  return { name, reach, capabilities };
}

/**
 * The members of the interface with their doc comments.
 * @param {string} source
 */
function listMembers(source) {
  const members = [
    ...source.matchAll(/\/\*\*(?<doc>(?:(?!\*\/)[\s\S])*)\*\/\n {2}readonly (?<name>\w+):/g),
  ].map(({ groups = {} }) => ({
    name: groups.name ?? "",
    meaning: (groups.doc ?? "")
      .replace(/^\s*\*/gm, "")
      .replace(/\s+/g, " ")
      .trim()
      .replace(/\|/g, "\\|"),
  }));
  const declared = source.match(/^ {2}readonly \w+:/gm) ?? [];
  if (members.length < declared.length) throw new Error(`a capability in ${SOURCE} has no doc comment.`);
  return members;
}

/**
 * @param {unknown} value
 * @returns {string}
 */
function answer(value) {
  if (value === Number.POSITIVE_INFINITY || value === null) return "no limit";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number") return value.toLocaleString("en-US");
  if (typeof value !== "object") return String(value);
  return Object.entries(value)
    .map(([key, inner]) => `${key}: ${answer(inner)}`)
    .join(", ");
}
