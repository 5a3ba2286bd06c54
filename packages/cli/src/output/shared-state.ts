/**
 * What the whole process has once, although the bundle of each command carries its own copy of every module: without it
 * the start of the command would not know the secrets that its bundle has read.
 */
export function sharedState<T>(name: string, create: () => T): T {
  const key = Symbol.for(`@jobs/cli/${name}`);
  const made = Reflect.get(globalThis, key) as T | undefined;
  if (made !== undefined) return made;
  const value = create();
  Object.defineProperty(globalThis, key, { value });
  return value;
}
