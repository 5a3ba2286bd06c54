/** Bundles the page of the dashboard into `dist/page`. */
export function bundlePage(): Promise<void>;
