import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";

/**
 * A registry of npm on this machine that has the packages of this repository and no others.
 * @typedef {object} LocalRegistry
 * @property {string} url
 * @property {() => void} close
 */

/**
 * Serves archives as the registry does after a release. So a project installs them by the commands that a reader types.
 * @param {readonly import("../publish/archives.mjs").Archive[]} archives
 * @returns {Promise<LocalRegistry>}
 */
export async function startRegistry(archives) {
  const server = createServer(({ url = "/" }, response) => {
    const path = decodeURIComponent(url.slice(1));
    const archive = archives.find(({ name }) => path === name || path === `${name}.tgz`);
    if (archive === undefined) return response.writeHead(404).end("{}");
    if (path.endsWith(".tgz")) return response.end(archive.tarball);
    response
      .setHeader("content-type", "application/json")
      .end(JSON.stringify(packument(archive, registry.url)));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the registry has no port.");
  const registry = { url: `http://127.0.0.1:${address.port}`, close: () => void server.close() };
  return registry;
}

/**
 * What the registry says of a package.
 * @param {import("../publish/archives.mjs").Archive} archive
 * @param {string} url
 */
function packument({ name, manifest, tarball }, url) {
  const integrity = `sha512-${createHash("sha512").update(tarball).digest("base64")}`;
  const shasum = createHash("sha1").update(tarball).digest("hex");
  const version = { ...manifest, dist: { tarball: `${url}/${name}.tgz`, integrity, shasum } };
  return { name, "dist-tags": { latest: manifest.version }, versions: { [manifest.version]: version } };
}
