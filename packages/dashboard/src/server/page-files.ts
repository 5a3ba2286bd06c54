import { readFile } from "node:fs/promises";
import { readErrorText } from "@jobs/core/runtime";

/** The files of the page by their path, and their types. Nothing else is ever read from the disk. */
const FILES: Readonly<Record<string, string>> = {
  "/page.js": "text/javascript; charset=utf-8",
  "/page.css": "text/css; charset=utf-8",
  "/icon.svg": "image/svg+xml",
};

/** Instead of a page that was not built: of a checkout only, since the package contains the page. */
const NOT_BUILT =
  '<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>jobs</title><p>The page is not built.\n';

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
  const read = new Map<string, Buffer<ArrayBuffer>>();
  const load = async (name: string): Promise<Buffer<ArrayBuffer> | undefined> => {
    try {
      const bytes = read.get(name) ?? (await readFile(new URL(name, folder)));
      read.set(name, bytes);
      return bytes;
    } catch (error) {
      if (readErrorText(error, "code") === "ENOENT") return undefined;
      throw error;
    }
  };
  return {
    async file(path) {
      const type = Object.hasOwn(FILES, path) ? FILES[path] : undefined;
      if (type === undefined) return undefined;
      const bytes = await load(path.slice(1));
      if (bytes === undefined) return new Response("not built\n", { status: 404 });
      return new Response(bytes, {
        headers: { "content-type": type, "cache-control": "no-cache" },
      });
    },
    async document() {
      const bytes = await load("index.html");
      const text = bytes?.toString("utf8").replaceAll("{base}", basePath) ?? NOT_BUILT;
      return new Response(text, {
        status: bytes === undefined ? 503 : 200,
        headers: { "content-type": HTML, "cache-control": "no-cache" },
      });
    },
  };
}
