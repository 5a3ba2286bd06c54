/** The type of an element, as the protocol numbers it. */
const TYPE = { text: 25, bigint: 20 } as const;

/** Bytes before the elements: dimensions, flags, type, length, first index. */
const HEAD_BYTES = 20;

/** Bytes before each element: its length. */
const LENGTH_BYTES = 4;

/**
 * An array of texts as a parameter in the binary format. As text, each quote of a body would be escaped here and read
 * back there. Only for our own connections: other clients take a
 * `Buffer` for `bytea`.
 */
export function textArray(values: readonly string[]): Buffer {
  const lengths = values.map((value) => Buffer.byteLength(value));
  const bytes = lengths.reduce((sum, length) => sum + LENGTH_BYTES + length, HEAD_BYTES);
  const array = arrayOf(TYPE.text, values.length, bytes);
  let offset = HEAD_BYTES;
  for (const [index, value] of values.entries()) {
    offset = array.writeInt32BE(lengths[index] ?? 0, offset);
    offset += array.write(value, offset);
  }
  return array;
}

/** The same of whole numbers of 64 bits in decimal. */
export function bigintArray(values: readonly string[]): Buffer {
  const array = arrayOf(TYPE.bigint, values.length, HEAD_BYTES + values.length * (LENGTH_BYTES + 8));
  let offset = HEAD_BYTES;
  for (const value of values) {
    offset = array.writeInt32BE(8, offset);
    offset = array.writeBigInt64BE(BigInt(value), offset);
  }
  return array;
}

/** A few whole numbers as text, which is cheaper for so few. */
export function shortArray(values: readonly number[]): string {
  return `{${values.join(",")}}`;
}

/** With one dimension, whose first index is 1, and without NULL. */
function arrayOf(type: number, length: number, bytes: number): Buffer {
  const array = Buffer.allocUnsafe(bytes);
  for (const [position, field] of [1, 0, type, length, 1].entries()) array.writeInt32BE(field, position * 4);
  return array;
}
