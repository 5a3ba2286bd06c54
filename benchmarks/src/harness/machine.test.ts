import { expect, test } from "vitest";
import { comparableMachine } from "./machine.ts";

test.each([
  ["8 GB, linux 6.18.44-cloud-7, Node 20.20.2", "8 GB, linux 6.18.44-cloud-9, Node 20.20.2", true],
  ["8 GB, linux 6.18.44-cloud-7, Node 20.20.2", "8 GB, linux 6.18.45-cloud-7, Node 20.20.2", false],
  ["8 GB, linux 6.18.44-cloud-7, Node 20.20.2", "8 GB, linux 6.18.44-cloud-7, Node 22.1.0", false],
  ["8 GB, linux 6.18.44-cloud-7, Node 20.20.2", "4 GB, linux 6.18.44-cloud-7, Node 20.20.2", false],
])("%s and %s are one machine: %s", (one, other, isSame) => {
  expect(comparableMachine(one) === comparableMachine(other)).toBe(isSame);
});
