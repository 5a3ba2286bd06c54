import { readSections } from "../../site/pages.mjs";
import { documents } from "./repository.mjs";

const CONTENTS = "docs/README.md";
/** Decisions list themselves: the site takes them from their folder. */
const DECISIONS = "docs/adr/";

/** The table of contents has every page of the documentation, since the site makes its navigation from it. */
/** @type {import("./repository.mjs").Rule} */
export function listedPages(repository) {
  const pages = documents(repository).filter(
    ({ path }) => path.startsWith("docs/") && path !== CONTENTS && !path.startsWith(DECISIONS),
  );
  const contents = repository.files.find(({ path }) => path === CONTENTS)?.text ?? "";
  const listed = new Set(readSections(contents).flatMap((section) => section.pages.map(({ path }) => path)));
  return pages
    .filter(({ path }) => !listed.has(path.slice("docs/".length)))
    .map(({ path }) => ({
      path,
      message: `not in ${CONTENTS}: give it a line there, "- [Title](path): what for".`,
    }));
}
