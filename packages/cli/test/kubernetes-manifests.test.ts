import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseYAML } from "confbox/yaml";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly [field: string]: unknown;
}

/** The class of a kind. `validate` throws for what the schema of Kubernetes refuses. */
interface Model {
  readonly prototype: { validate(this: object): void };
}

/** Every manifest in a YAML file of this repository, or in a YAML block of a page, with its file. */
function manifests(): readonly { readonly file: string; readonly text: string }[] {
  const listed = execFileSync("git", ["ls-files", "-z", "*.yaml", "*.yml", "*.md"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  return listed
    .split("\0")
    .filter((file) => file !== "")
    .flatMap((file) => {
      const text = readFileSync(`${ROOT}${file}`, "utf8");
      const blocks = [...text.matchAll(/^```ya?ml\n(?<yaml>[\s\S]*?)^```$/gm)].map(
        ({ groups }) => groups?.yaml ?? "",
      );
      return (file.endsWith(".md") ? blocks : [text]).map((yaml) => ({ file, yaml }));
    })
    .flatMap(({ file, yaml }) => yaml.split(/^---$/m).map((text) => ({ file, text })))
    .filter(({ text }) => /^apiVersion:/m.test(text) && /^kind:/m.test(text));
}

/**
 * Checks a manifest as `kubeconform -strict` does. The validators of kubernetes-models are compiled, and accept unknown
 * fields. But they read each field that the schema has, so a field that none of them reads is unknown.
 * @throws where a field is missing, has a wrong value, stands twice or is unknown
 */
async function validateStrictly(text: string): Promise<void> {
  const manifest = parseYAML<Manifest>(text);
  const library = manifest.apiVersion.startsWith("keda.sh/")
    ? "@kubernetes-models/keda"
    : "kubernetes-models";
  const models: Readonly<Record<string, Model>> = await import(
    `${library}/${manifest.apiVersion}/${manifest.kind}`
  );
  const Kind = models[manifest.kind];
  if (Kind === undefined) throw new Error(`${manifest.apiVersion} has no ${manifest.kind}.`);
  const unread = new Set<string>();
  // An instance would be a copy, and copying reads all fields.
  Kind.prototype.validate.call(watched(manifest, manifest.kind, unread));
  if (unread.size > 0) throw new Error(`unknown fields: ${[...unread].join(", ")}.`);
}

/** The same value. Each field of it and of all objects in it stands in `unread` until something reads it. */
function watched<Value extends object>(value: Value, path: string, unread: Set<string>): Value {
  const isList = Array.isArray(value);
  const pathOf = (key: string) => (isList ? `${path}[${key}]` : `${path}.${key}`);
  const fields = Object.entries(value).map(([key, field]) => {
    if (!isList) unread.add(pathOf(key));
    return [key, typeof field === "object" && field !== null ? watched(field, pathOf(key), unread) : field];
  });
  const copy = isList ? fields.map(([, field]) => field) : Object.fromEntries(fields);
  return new Proxy(copy, {
    get(target, key, receiver) {
      if (typeof key === "string") unread.delete(pathOf(key));
      return Reflect.get(target, key, receiver);
    },
  });
}

const DEPLOYMENT = readFileSync(new URL("./fixtures/deployment/deployment.yaml", import.meta.url), "utf8");

describe("the manifests of examples and pages [W23]", () => {
  const found = manifests();

  it("are found in files and in pages", () => {
    const files = found.map(({ file }) => file);
    expect(files).toContain("packages/cli/test/fixtures/deployment/deployment.yaml");
    expect(files).toContain("docs/guide/deployment.md");
  });

  it.each(found)("$file fits the schema of Kubernetes, and has no other field", async ({ text }) => {
    await expect(validateStrictly(text)).resolves.toBeUndefined();
  });

  it.each([
    ["a field that is missing", "  selector: { matchLabels: { app: shop-worker } }\n", "", "selector"],
    ["a wrong value", "replicas: 3", "replicas: many", "replicas"],
    ["an unknown field", "replicas: 3", "replica: 3", "unknown fields: Deployment.spec.replica."],
    [
      "an unknown field in a list",
      "periodSeconds: 5",
      "periodSecond: 5",
      "unknown fields: Deployment.spec.template.spec.containers[0].readinessProbe.periodSecond.",
    ],
    ["a field that stands twice", "replicas: 3", "replicas: 3\n  replicas: 4", "duplicated mapping key"],
  ])("%s is refused", async (_name, right, wrong, message) => {
    expect(DEPLOYMENT).toContain(right);
    await expect(validateStrictly(DEPLOYMENT.replace(right, wrong))).rejects.toThrow(message);
  });
});
