import type { ReadableSpan } from "@opentelemetry/sdk-trace-node";

/** The spans of a trace as an indented tree, each with its task, its run and its outcome. */
export function drawTrace(spans: readonly ReadableSpan[]): string {
  const draw = (parent: string | undefined, depth: number): readonly string[] =>
    spans
      .filter(({ parentSpanContext }) => parentSpanContext?.spanId === parent)
      .toSorted((one, other) => startOf(one) - startOf(other))
      .flatMap((span) => [
        `${"  ".repeat(depth)}${describe(span)}`,
        ...draw(span.spanContext().spanId, depth + 1),
      ]);
  return draw(undefined, 0).join("\n");
}

function describe({ name, attributes, status }: ReadableSpan): string {
  const { "jobs.task": task, "jobs.attempt": attempt, "jobs.outcome": outcome } = attributes;
  const parts = [
    name,
    task,
    attempt && attributes["messaging.operation.type"] === "process" ? `run ${attempt}` : undefined,
    outcome,
    status.message,
  ];
  return parts.filter((part) => part !== undefined).join(" · ");
}

function startOf({ startTime: [seconds, nanoseconds] }: ReadableSpan): number {
  return seconds * 1_000 + nanoseconds / 1_000_000;
}
