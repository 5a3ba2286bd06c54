import { readFile } from "node:fs/promises";

/** The files of the page by their path, and their types. Nothing else is ever read from the disk. */
const FILES: Readonly<Record<string, string>> = {
  "/page.js": "text/javascript; charset=utf-8",
  "/page.css": "text/css; charset=utf-8",
  "/icon.svg": "image/svg+xml",
};

const HTML = "text/html; charset=utf-8";

/** Headers of every answer: the page loads only from here, nobody frames it, nothing leaks to other sites. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};

/** Reads files of the page, each once. */
export interface PageFiles {
  /** The file with this path; `undefined` for any other path. */
  file(path: string): Promise<Response | undefined>;
  /** The document that all pages share. */
  document(): Promise<Response>;
}

/** Creates {@link PageFiles}. `folder`: where the built page is. `basePath`: see the options of the dashboard. */
export function createPageFiles(folder: URL, basePath: string): PageFiles {
  const read = new Map<string, Promise<Buffer<ArrayBuffer>>>();
  const load = (name: string) => {
    const known = read.get(name) ?? readFile(new URL(name, folder));
    read.set(name, known);
    return known;
  };
  return {
    async file(path) {
      const type = Object.hasOwn(FILES, path) ? FILES[path] : undefined;
      if (type === undefined) return undefined;
      return new Response(await load(path.slice(1)), {
        headers: { "content-type": type, "cache-control": "no-cache" },
      });
    },
    async document() {
      const text = (await load("index.html")).toString("utf8").replaceAll("{base}", basePath);
      return new Response(text, { headers: { "content-type": HTML, "cache-control": "no-cache" } });
    },
  };
}
