// In the place of `node:util` in the bundle: how core recognises values that are no JSON.

/** The answers without Node: by the tag of an object. A proxy cannot be recognised. */
export const types = {
  isProxy: (_value: unknown): boolean => false,
  isDate: (value: unknown): boolean => tagOf(value) === "Date",
  isMap: (value: unknown): boolean => tagOf(value) === "Map",
  isSet: (value: unknown): boolean => tagOf(value) === "Set",
  isRegExp: (value: unknown): boolean => tagOf(value) === "RegExp",
  isPromise: (value: unknown): boolean => tagOf(value) === "Promise",
  isAnyArrayBuffer: (value: unknown): boolean => /ArrayBuffer$/.test(tagOf(value)),
  isNativeError: (value: unknown): boolean => tagOf(value) === "Error",
  isBoxedPrimitive: (value: unknown): boolean =>
    typeof value === "object" && /^(Number|String|Boolean|BigInt|Symbol)$/.test(tagOf(value)),
};

function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}
