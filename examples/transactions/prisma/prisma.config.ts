import { defineConfig } from "prisma/config";

// Prisma finds its settings in the default export.
export default defineConfig({ schema: "schema.prisma" });
