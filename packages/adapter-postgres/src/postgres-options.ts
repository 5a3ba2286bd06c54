import type { ConnectionOptions } from "./connection/connection-options.ts";

/** Options of `postgres()`. */
export interface PostgresOptions extends ConnectionOptions {
  /** The schema that holds the tables. Default `jobs`. */
  readonly schema?: string;
  /**
   * Whether missing or old tables are created or updated at the first use. Default true. With `false` such tables are
   * refused: for a role without the right, or when the deployment runs `migrateSchema`.
   */
  readonly migrate?: boolean;
  /** The largest body in bytes of UTF-8. Default 1 MiB. */
  readonly maxMessageBytes?: number;
}
