// Values that can be thrown, by name. They are not ordinary errors, and every access to them may throw.

const refuse = () => {
  throw new Error("no reading");
};

/** @type {Record<string, () => unknown>} */
const VALUES = {
  "an object without a prototype": () => Object.create(null),
  "a revoked proxy": () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
  "a revoked proxy of an error": () => {
    const { proxy, revoke } = Proxy.revocable(new Error("x"), {});
    revoke();
    return proxy;
  },
  "an error whose message throws": () => getter(new Error("x"), "message"),
  "an error whose name throws": () => getter(new Error("x"), "name"),
  "an error whose stack throws": () => getter(new Error("x"), "stack"),
  "an error whose code throws": () => getter(new Error("x"), "code"),
  "an error whose cause throws": () => getter(new Error("x"), "cause"),
  "an error with a symbol as its message": () => Object.assign(new Error("x"), { message: Symbol("m") }),
  "an error whose stack cannot be set": () =>
    Object.defineProperty(new Error("x"), "stack", { get: () => "frames", set: refuse }),
  "a symbol": () => Symbol("s"),
  "a bigint": () => 10n,
  "a function": () => () => {},
  "a function whose message throws": () => getter(() => {}, "message"),
  "a frozen error": () => Object.freeze(new Error("frozen")),
  "a frozen object": () => Object.freeze({}),
  "a message of 10 MB": () => new Error("x".repeat(10_000_000)),
  "a text of 10 MB": () => "x".repeat(10_000_000),
  "a cyclic cause": () => {
    const error = new Error("round");
    error.cause = new Error("and round", { cause: error });
    return error;
  },
  "a long chain of causes": () => {
    let error = new Error("innermost");
    for (let depth = 0; depth < 20_000; depth++) error = new Error("outer", { cause: error });
    return error;
  },
  "a hostile cause": () => new Error("outside", { cause: getter(new Error("x"), "message") }),
  "an object whose toString throws": () => ({ toString: refuse, [Symbol.toPrimitive]: refuse }),
  "a class whose toString throws": () =>
    new (class Odd {
      toString() {
        return refuse();
      }
    })(),
  "an error subclass whose getters throw": () =>
    new (class extends Error {
      get message() {
        return refuse();
      }
      get name() {
        return refuse();
      }
    })(),
  // biome-ignore lint/suspicious/noThenProperty: what await would adopt is what is thrown
  "a thenable": () => ({ then: (resolve) => resolve("adopted") }),
  "a thenable that throws": () => getter({}, "then"),
  undefined: () => undefined,
  null: () => null,
  NaN: () => Number.NaN,
  "an empty text": () => "",
};

/** A function by name for each value. */
export function hostileValues() {
  return VALUES;
}

function getter(target, key) {
  return Object.defineProperty(target, key, { get: refuse, configurable: true });
}
