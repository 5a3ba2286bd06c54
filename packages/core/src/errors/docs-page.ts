/** Where the pages of the documentation are read: the manifests of all packages name the same repository. */
const DOCS_URL = "https://github.com/jobs-ts/jobs/blob/main/docs/";

/** The address of a page, such as `guide/signatures.md#parallel-change`, for an error that names it. */
export function docsPage(path: string): string {
  return `${DOCS_URL}${path}`;
}
