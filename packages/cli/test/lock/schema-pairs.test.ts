import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import fc from "fast-check";
import { expect, it } from "vitest";
import { compareParams } from "../../src/lock/compare-params.ts";
import { compareFit } from "../../src/lock/schema/compare.ts";
import type { Json } from "../../src/lock/schema/model.ts";
import { printSchema } from "../../src/lock/schema/print-schema.ts";
import { readSchema } from "../../src/lock/schema/read-schema.ts";
import type { LockedTask } from "../../src/lock/task-lock.ts";
import { type Node, payloads, schemaPairs } from "./schema-pairs.ts";

/** Every night there are 10,000. */
const PAIRS = Number(process.env.JOBS_TEST_SCHEMA_PAIRS ?? 60);
const SEED = Number(process.env.JOBS_TEST_SCHEMA_SEED ?? 15);

it(`of ${PAIRS} pairs of schemas, what fits is never refuted, and what is refused has a witness [W6]`, () => {
  const counts = { fits: 0, refused: 0, unknown: 0 };
  fc.assert(
    fc.property(schemaPairs, fc.integer(), ([before, after], seed) => {
      expectChanges(before, after);
      for (const [writer, reader] of [[before, after] as const, [after, before] as const]) {
        const fit = compareFit(readSchema(writer), readSchema(reader));
        counts[fit.status] += 1;
        if (fit.status === "fits") expectAccepted(writer, reader, seed);
        if (fit.status === "refused") expectWitness(writer, reader, fit.witness);
      }
    }),
    { numRuns: PAIRS, seed: SEED },
  );
  if (process.env.JOBS_TEST_SCHEMA_PAIRS !== undefined) process.stdout.write(`${JSON.stringify(counts)}\n`);
  expect(counts.fits).toBeGreaterThan(PAIRS / 4);
  expect(counts.refused).toBeGreaterThan(PAIRS / 4);
  expect(counts.unknown / (2 * PAIRS)).toBeLessThanOrEqual(0.1);
}, 3_600_000);

const ajv = addFormats.default(new Ajv2020({ strict: false, logger: false }));

const validators = new WeakMap<Node, (value: unknown) => boolean>();

function validatorOf(schema: Node): (value: unknown) => boolean {
  const validate = validators.get(schema) ?? ajv.compile(schema);
  validators.set(schema, validate);
  ajv.removeSchema(schema);
  return validate;
}

function expectAccepted(writer: Node, reader: Node, seed: number): void {
  const [accepts, reads] = [validatorOf(writer), validatorOf(reader)];
  for (const payload of fc.sample(payloads(writer), { numRuns: 100, seed })) {
    if (!accepts(payload)) throw new Error(`no payload of its schema: ${JSON.stringify([payload, writer])}`);
    if (!reads(payload)) throw new Error(`safe, but refuted: ${JSON.stringify({ payload, writer, reader })}`);
  }
}

/** What the lock says of both as tasks: closed objects, and a witness for each part that has changed. */
function expectChanges(before: Node, after: Node): void {
  const [old, now] = [before, after].map((schema) => ({ ...schema, additionalProperties: false }) as Node);
  const [oldTask, newTask] = [old, now].map((schema) => ({
    queue: "q",
    signature: "",
    params: printSchema(readSchema(schema)),
  }));
  const changes = compareParams("t", oldTask as LockedTask, newTask as LockedTask);
  const fit = compareFit(readSchema(old), readSchema(now));
  const isBreaking = changes.some((change) => change.isBreaking);
  if (isBreaking === (fit.status === "fits")) {
    throw new Error(`the parts say otherwise than the whole: ${JSON.stringify({ changes, fit, old, now })}`);
  }
  for (const { oldJob, newJob } of changes) {
    if (oldJob?.status === "refused") expectWitness(old as Node, now as Node, oldJob.witness);
    if (newJob?.status === "refused") expectWitness(now as Node, old as Node, newJob.witness);
  }
}

function expectWitness(writer: Node, reader: Node, witness: Json): void {
  const isRight = validatorOf(writer)(witness) && !validatorOf(reader)(witness);
  if (!isRight) throw new Error(`no witness: ${JSON.stringify({ witness, writer, reader })}`);
}
