/**
 * Variables of global flags, so that the configuration does not take them for typing errors. All other flags have none: what
 * removes or sends must not be switched on by a variable that somebody forgot. A test compares the list with the flags.
 */
export const CLI_VARIABLES: readonly string[] = [
  "JOBS_APP",
  "JOBS_CONFIG",
  "JOBS_DEBUG",
  "JOBS_ENDPOINT",
  "JOBS_JSON",
  "JOBS_LOG_FORMAT",
  "JOBS_LOG_LEVEL",
  "JOBS_REGION",
  "JOBS_TIMEOUT",
];
