/**
 * Variables of flags that are not settings, so that the configuration does not take them for typing errors. Listed
 * because a command does not load the others to ask them; a test compares the list with the flags.
 */
export const CLI_VARIABLES: readonly string[] = [];
