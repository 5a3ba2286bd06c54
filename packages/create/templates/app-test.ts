import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestApp } from "@jobs/testing";
import app, { welcome } from "../app.ts";

// A memory broker and a virtual clock stand in for the broker of the app: the test needs no server.
test("a new member gets a letter", async () => {
  const t = createTestApp(app);
  await t.app.enqueue(welcome, { email: "ada@example.org", name: "Ada" });
  const [outcome] = await t.runAll();
  assert.equal(outcome?.status, "succeeded");
  assert.equal(outcome.result, "Dear Ada, welcome! (to ada@example.org)");
  await t.close();
});

test("a job without an address is refused before it is stored", async () => {
  const t = createTestApp(app);
  const params = JSON.parse('{ "mail": "ada@example.org" }');
  await assert.rejects(t.app.enqueue(welcome, params), /did you mean email/);
  await t.close();
});
