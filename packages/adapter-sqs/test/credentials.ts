/** Any will do at the endpoint of the tests. */
export const CREDENTIALS = {
  credentials: { accessKeyId: "AKIATEST", secretAccessKey: "not-a-secret" },
} as const;
