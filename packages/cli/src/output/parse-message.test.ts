import { expect, it } from "vitest";
import { parseMessage } from "./parse-message.ts";

it.each([
  ["Nonexistent flag: --nope\nSee more help with --help", "there is no flag --nope."],
  [
    "The following error occurred:\n  Missing required flag format\nSee more help with --help",
    "--format is missing.",
  ],
  [
    "Missing 1 required arg:\nid  The job's id.\n\nNote: --queues allows multiple values. …",
    "id is missing.",
  ],
  [
    "The following error occurred:\n  --once=true cannot also be provided when using --drain",
    "--once and --drain exclude each other.",
  ],
  ["Expected --format=xml to be one of: table, json, prom", "--format must be one of table, json, prom."],
  ["Flag --queues expects a value", "--queues needs a value."],
  ["Parsing --limit \n\tExpected an integer but received: x", "--limit: must be a whole number."],
  [
    "Parsing --limit \n\tExpected an integer greater than or equal to 1 but received: 0",
    "--limit: must be a whole number from 1.",
  ],
  [
    "Parsing --priority \n\tExpected an integer less than or equal to 9 but received: 12",
    "--priority: must be a whole number up to 9.",
  ],
  [
    "Parsing --in \n\tmust be a duration such as 5m.\nSee more help with --help",
    "--in: must be a duration such as 5m.",
  ],
  ["something new", "something new"],
])("says %j as %j", (written, expected) => {
  expect(parseMessage(written)).toBe(expected);
});
