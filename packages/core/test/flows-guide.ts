// #region tasks
import { chain, defineTask, group, handle, step } from "@jobs/core";

export const fetchPage = defineTask("fetch_page", { url: "string" });
export const parsePage = defineTask("parse_page", { html: "string", strict: "boolean?" });
export const storeRows = defineTask("store_rows", { rows: "array", table: "string" });
export const countPages = defineTask("count_pages", { pages: "array" });

export const handlers = [
  handle(fetchPage, ({ url }) => ({ status: 200, body: `<a>${url}</a>` })),
  handle(parsePage, ({ html }) => ({ items: [html], total: 1 })),
  handle(storeRows, ({ rows }) => rows.length),
  handle(countPages, ({ pages }) => pages.length),
];
// #endregion

// #region chain
export const pipeline = chain([
  step(fetchPage, { url: "https://example.org" }),
  step(parsePage, { strict: true }, { takes: { html: "body" } }),
  step(storeRows, { table: "pages" }, { takes: { rows: "items" } }),
]);
// #endregion

// #region group
export const crawl = chain([
  group(["a", "b", "c"].map((url) => step(fetchPage, { url }))),
  step(countPages, {}, { takes: { pages: "." } }),
]);
// #endregion
