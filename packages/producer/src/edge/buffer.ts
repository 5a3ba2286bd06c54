/** In the place of Node's `Buffer` in the bundle: the size of a text in bytes. */
export const Buffer = {
  byteLength: (text: string): number => new TextEncoder().encode(text).length,
};
