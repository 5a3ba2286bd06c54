/**
 * What `changeset status --output` writes.
 * @typedef {object} ReleasePlan
 * @property {readonly { readonly releases: readonly { readonly type: string }[] }[]} changesets
 * @property {readonly { readonly name: string, readonly type: string, readonly newVersion: string }[]} releases
 */

/**
 * All packages have one version, and only a changeset makes it a major one. Changesets would also do so by itself, for
 * each package whose peer core leaves a range.
 * @param {ReleasePlan} plan
 * @returns {readonly string[]}
 */
export function complaintsAboutPlan({ changesets, releases }) {
  const published = releases.filter(({ type }) => type !== "none");
  const versions = [...new Set(published.map(({ newVersion }) => newVersion))];
  const isMajorWanted = changesets.some((changeset) =>
    changeset.releases.some(({ type }) => type === "major"),
  );
  const majors = published.filter(({ type }) => type === "major").map(({ name }) => name);
  return [
    ...(versions.length > 1 ? [`the packages would have several versions: ${versions.join(", ")}`] : []),
    ...(majors.length > 0 && !isMajorWanted
      ? [`no changeset is major, but these would be: ${majors.join(", ")}`]
      : []),
  ];
}
