import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { redisFault } from "./redis-fault.ts";

describe("redisFault", () => {
  it("keeps neither password nor body that the driver has hung on its error [F62]", () => {
    const command = { name: "hello", args: ["3", "AUTH", "default", "s3cret"] };
    const refusal = Object.assign(new Error("WRONGPASS invalid username-password pair"), {
      name: "ReplyError",
      command,
    });
    const fault = redisFault(refusal, { broker: "redis", maybeDone: false, address: "h:1/0" });
    expect(fault).toMatchObject({ code: "access_denied", cause: refusal });
    expect(inspect(fault, { depth: 9 })).not.toContain("s3cret");
  });
});
