import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    setupFiles: ["test/seed.ts"],
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    testTimeout: 240_000,
    hookTimeout: 300_000,
    maxWorkers: 2,
  },
});
