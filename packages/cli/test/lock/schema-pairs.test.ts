import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import fc from "fast-check";
import { expect, it } from "vitest";
import { compareFit } from "../../src/lock/schema/compare.ts";
import type { Json } from "../../src/lock/schema/model.ts";
import { readSchema } from "../../src/lock/schema/read-schema.ts";
import { type Node, payloads, schemaPairs } from "./schema-pairs.ts";

/** Every night there are 10,000. */
const PAIRS = Number(process.env.JOBS_TEST_SCHEMA_PAIRS ?? 150);
const SEED = Number(process.env.JOBS_TEST_SCHEMA_SEED ?? 15);

it(`of ${PAIRS} pairs of schemas, what fits is never refuted, and what is refused has a witness [W6]`, () => {
  const counts = { fits: 0, refused: 0, unknown: 0 };
  fc.assert(
    fc.property(schemaPairs, fc.integer(), ([before, after], seed) => {
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

function validatorOf(schema: Node): (value: unknown) => boolean {
  const validate = ajv.compile(schema);
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

function expectWitness(writer: Node, reader: Node, witness: Json): void {
  const isRight = validatorOf(writer)(witness) && !validatorOf(reader)(witness);
  if (!isRight) throw new Error(`no witness: ${JSON.stringify({ witness, writer, reader })}`);
}
