import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { hasRedis, startRedisServer } from "@jobs/test-servers";
import { describe, expect, it } from "vitest";

const PACKAGE = fileURLToPath(new URL("..", import.meta.url));

const isRedisHere = await hasRedis();

/** Opens a queue with an engine, and prints the error if there is one. */
const PROGRAM = `
import { redis } from "@jobs/adapter-redis";
const [url, engine] = process.argv.slice(1);
const broker = redis({ url, engine, onWarning() {} });
const opened = await broker.openQueue("mail").then(() => ({}), ({ message, hint }) => ({ message, hint }));
await broker.close();
console.log(JSON.stringify(opened));
`;

describe("a program that has not installed bullmq", () => {
  it("gets no type that it does not have", () => {
    const read = new Set<string>();
    const named: string[] = [];
    const visit = (file: string) => {
      if (read.has(file)) return;
      read.add(file);
      const imports = readFileSync(file, "utf8").matchAll(/(?:from |import\()"(?<name>[^"]+)"/g);
      for (const { groups: { name = "" } = {} } of imports) {
        if (name.startsWith("bullmq")) named.push(file);
        if (name.startsWith(".")) visit(resolve(dirname(file), name.replace(/\.[jt]s$/, ".d.ts")));
      }
    };
    visit(join(PACKAGE, "dist/index.d.ts"));
    expect(read.size).toBeGreaterThan(5);
    expect(named).toEqual([]);
  });

  it.runIf(isRedisHere)("works with our scripts, and is told what the other engine needs", async () => {
    await using server = await startRedisServer();
    const folder = mkdtempSync(join(tmpdir(), "jobs-no-bullmq-"));
    try {
      const installed = join(folder, "node_modules/@jobs/adapter-redis");
      mkdirSync(installed, { recursive: true });
      for (const part of ["dist", "package.json"])
        cpSync(join(PACKAGE, part), join(installed, part), { recursive: true });
      for (const name of ["@jobs/core", "ioredis"])
        symlinkSync(realpathSync(join(PACKAGE, "node_modules", name)), join(folder, "node_modules", name));
      const open = async (engine: string) => {
        const args = ["--input-type=module", "--eval", PROGRAM, server.url, engine];
        return JSON.parse((await promisify(execFile)(process.execPath, args, { cwd: folder })).stdout);
      };
      expect(await open("jobs")).toEqual({});
      expect(await open("bullmq")).toEqual({
        message: expect.stringContaining("needs the package bullmq"),
        hint: expect.stringContaining("npm install bullmq"),
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
