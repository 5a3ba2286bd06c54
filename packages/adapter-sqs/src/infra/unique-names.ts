/** Converts texts to names in another language. If two would be the same, the later one gets a number. */
export function uniqueNames(
  texts: readonly string[],
  toName: (text: string) => string,
): ReadonlyMap<string, string> {
  const taken = new Set<string>();
  return new Map(
    texts.map((text) => {
      const wanted = toName(text);
      let name = wanted;
      for (let number = 2; taken.has(name); number++) name = `${wanted}${number}`;
      taken.add(name);
      return [text, name];
    }),
  );
}
