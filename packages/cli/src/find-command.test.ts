import { describe, expect, it } from "vitest";
import { findCommand } from "./find-command.ts";

const IDS = ["worker", "enqueue", "stats", "dlq list", "dlq rm", "config", "config explain", "version"];
const find = (line: string) => findCommand(line.split(" ").filter(Boolean), IDS);

describe("findCommand", () => {
  it.each([
    ["stats --json", "stats", ["--json"]],
    ["--json stats", "stats", ["--json"]],
    ["dlq list --limit 5", "dlq list", ["--limit", "5"]],
    ["config", "config", []],
    ["config explain worker.lease", "config explain", ["worker.lease"]],
    ["enqueue my_task a=1 enqueue=2", "enqueue", ["my_task", "a=1", "enqueue=2"]],
    ["enqueue stats", "enqueue", ["stats"]],
    ["enqueue my_task -- --help", "enqueue", ["my_task", "--", "--help"]],
    ["--version", "version", []],
  ])("takes %s to %s", (line, id, argv) => {
    expect(find(line)).toEqual({ type: "command", id, argv });
  });

  it.each([
    ["", ""],
    ["--help", ""],
    ["help", ""],
    ["dlq", "dlq"],
    ["dlq --help", "dlq"],
    ["help dlq list", "dlq list"],
    ["stats -h", "stats"],
    ["config explain --help", "config explain"],
  ])("shows help for %j", (line, topic) => {
    expect(find(line)).toEqual({ type: "help", topic });
  });

  it.each([
    ["wrker", "Did you mean jobs worker?"],
    ["dlq lst", "Did you mean jobs dlq list?"],
    ["nonsense", "jobs --help lists all commands."],
  ])("refuses %s with a suggestion", (line, hint) => {
    expect(() => find(line)).toThrow(expect.objectContaining({ code: "usage", hint }));
  });
});
