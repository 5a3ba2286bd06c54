import type { Mark, Suite } from "../../harness/bench-case.ts";
import { bareNode, jobsCommand } from "./command-cases.ts";

const COMMANDS = [
  ["jobs --help", "--help"],
  ["jobs version", "version"],
  ["jobs enqueue", "enqueue", "my_task", "a=1", "b=2"],
] as const;

const NODE = "node";

/** How long a command takes from the shell and back. */
export const cliSuite: Suite = {
  name: "cli",
  title: "Start of the command line",
  cases: [bareNode(NODE), ...COMMANDS.map(([name, ...args]) => jobsCommand(name, args))],
  marks: COMMANDS.flatMap(([name]): readonly Mark[] => [
    {
      id: "C1",
      title: `${name}, times bare node`,
      value: (median) => median(name, "wall") / median(NODE, "wall"),
      atMost: 1.7,
    },
    {
      id: "C1",
      title: `${name}, ms over bare node`,
      value: (median) => median(name, "wall") - median(NODE, "wall"),
      atMost: 60,
    },
  ]),
};
