import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

const server = "127.0.0.1:8000";

export default defineConfig({
  // Every page lies one level below the root, so "./" serves it there and behind a proxy's prefix.
  base: "./",
  plugins: [svelte()],
  build: { outDir: "../static", emptyOutDir: true, target: "es2022" },
  server: {
    host: "127.0.0.1",
    proxy: {
      "/ws": { target: `ws://${server}`, ws: true, changeOrigin: true },
      "/api": { target: `http://${server}`, changeOrigin: true },
    },
  },
  test: { include: ["tests/**/*.test.ts"] },
});
