/** Queues by patterns of task names: `{ "export.*": "export" }`. `*` stands for any characters. */
export type Routes = Readonly<Record<string, string>>;

/** The queue of the first pattern that matches a task's name, in the written order. */
export function routeTask(task: string, routes: Routes): string | undefined {
  return Object.entries(routes).find(([pattern]) => fits(task, pattern.split("*")))?.[1];
}

/** Whether the pieces between stars occur in order: the first at the beginning, the last at the end. */
function fits(text: string, [first = "", ...rest]: readonly string[]): boolean {
  const last = rest.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first) || !text.endsWith(last)) return false;
  let from = first.length;
  for (const piece of rest) {
    const at = text.indexOf(piece, from);
    if (at === -1) return false;
    from = at + piece.length;
  }
  return from <= text.length - last.length;
}

/** The queue named like the first dotted part of a task's name, if it is in `queues` (requirement T8). */
export function queueOfName(task: string, queues: readonly string[]): string | undefined {
  const [first] = task.split(".");
  return queues.find((name) => name === first);
}
