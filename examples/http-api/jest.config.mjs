export default {
  testMatch: ["**/test/*.jest.ts"],
  extensionsToTreatAsEsm: [".ts"],
  transform: { "\\.ts$": "<rootDir>/jest-transform.mjs" },
};
