/**
 * State that the process has only once, although each command's bundle has its own copy of every module. Without it,
 * the start file would not know the secrets that a bundle has read.
 */
export function sharedState<T>(name: string, create: () => T): T {
  const key = Symbol.for(`@jobs/cli/${name}`);
  const made = Reflect.get(globalThis, key) as T | undefined;
  if (made !== undefined) return made;
  const value = create();
  Object.defineProperty(globalThis, key, { value });
  return value;
}
