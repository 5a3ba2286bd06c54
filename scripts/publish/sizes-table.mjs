import { installedWith } from "./installed-size.mjs";

/** Where the table is. */
export const SIZES_PAGE = "docs/packages.md";

const BLOCK = /(?<=<!-- sizes: npm run sizes -->\n)[\s\S]*?(?=<!-- end of sizes -->)/;

/** A written size may differ by this share: archives are a little larger with another zlib, and code grows each day. */
const TOLERANCE = 0.1;

/** Brings nothing of this into the image of a worker on Redis or SQS. */
const HEAVY = /^(?:@jobs\/adapter-sqlite|@photostructure\/sqlite|piscina|pino-pretty)@/;

/**
 * What people install, and what it must not exceed.
 * @type {readonly { readonly what: string, readonly names: readonly string[], readonly without?: RegExp, readonly maxMb?: number }[]}
 */
const SETS = [
  {
    what: "core and Redis, without ioredis",
    names: ["@jobs/core", "@jobs/adapter-redis"],
    without:
      /^(?:ioredis|@ioredis\/|cluster-key-slot|debug|denque|ms|redis-errors|redis-parser|standard-as-callback|lodash\.)/,
    maxMb: 5,
  },
  { what: "the command on Redis", names: ["@jobs/cli", "@jobs/adapter-redis"] },
  { what: "the command on SQS", names: ["@jobs/cli", "@jobs/adapter-sqs"] },
  { what: "the command on SQLite", names: ["@jobs/cli", "@jobs/adapter-sqlite"] },
];

/**
 * The table, and what is wrong with the sizes.
 * @param {readonly import("./archives.mjs").Archive[]} archives
 * @param {string} packages
 */
export function measureSizes(archives, packages) {
  const sets = SETS.map((set) => ({ ...set, ...measured(set, archives, packages) }));
  const rows = archives.map(({ name, packedBytes, unpackedBytes }) => {
    const { packages: found, bytes } = installedWith([name], archives, packages);
    return `| \`${name}\` | ${kb(packedBytes)} | ${kb(unpackedBytes)} | ${found.size} | ${mb(bytes)} |`;
  });
  const table = [
    "| package | archive | unpacked | packages installed | installed |",
    "|---|---|---|---|---|",
    ...rows,
    "",
    "| installed together | packages | installed |",
    "|---|---|---|",
    ...sets.map(({ what, found, bytes }) => `| ${what} | ${found.length} | ${mb(bytes)} |`),
    "",
  ].join("\n");
  const complaints = sets.flatMap(({ what, names, maxMb, found, bytes }) => [
    ...(maxMb !== undefined && bytes > maxMb * 1e6 ? [`${what} is ${mb(bytes)}, at most ${maxMb} MB.`] : []),
    ...(names.includes("@jobs/adapter-sqlite")
      ? []
      : found.filter((name) => HEAVY.test(name)).map((name) => `${what} installs ${name}.`)),
  ]);
  return { table, complaints };
}

/**
 * @param {typeof SETS[number]} set
 * @param {readonly import("./archives.mjs").Archive[]} archives
 * @param {string} folder
 */
function measured({ names, without }, archives, folder) {
  const counted = [...installedWith(names, archives, folder).packages].filter(
    ([name]) => without?.test(name) !== true,
  );
  return { found: counted.map(([name]) => name), bytes: counted.reduce((sum, [, bytes]) => sum + bytes, 0) };
}

/**
 * The page with the table as it is now; the same page where every written figure is near enough.
 * @param {string} page
 * @param {string} table
 */
export function renewSizes(page, table) {
  const written = BLOCK.exec(page)?.[0] ?? "";
  return isNear(written, table) ? page : page.replace(BLOCK, () => table);
}

/**
 * @param {string} one
 * @param {string} other
 */
function isNear(one, other) {
  const figure = /(?<= )[\d.,]+(?= )/g;
  if (one.replace(figure, "#") !== other.replace(figure, "#")) return false;
  const [before, now] = [one, other].map((text) =>
    [...text.matchAll(figure)].map(([found]) => Number(found.replaceAll(",", ""))),
  );
  return (before ?? []).every((was, n) => Math.abs((now?.[n] ?? 0) - was) <= Math.max(was * TOLERANCE, 0.1));
}

/** @param {number} bytes */
const kb = (bytes) => `${Math.round(bytes / 1_000).toLocaleString("en")} kB`;

/** @param {number} bytes */
const mb = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
