import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/** On two cores vitest would take one, and much of the time is spent waiting for rooms and clients. */
const WORKERS_MIN = 2;

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/guilty/**", "**/innocent/**", "test/fixtures/**"],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    pool: "forks",
    maxWorkers: Math.max(WORKERS_MIN, availableParallelism() - 1),
  },
});
