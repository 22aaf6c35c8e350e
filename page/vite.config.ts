import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig, type Plugin } from "vite";

/** Every browser that runs this page reads woff2, so the second copy of each font is left out. */
const woff2Only: Plugin = {
  name: "woff2-only",
  enforce: "pre",
  transform(code, id) {
    if (!id.includes("@fontsource")) return;
    return code.replace(/,\s*url\([^)]*\.woff\)\s*format\(["']woff["']\)/g, "");
  },
};

export default defineConfig({
  plugins: [woff2Only, svelte()],
  // The server puts the nonce of each answer here; the editor gives it to the style rules it makes.
  html: { cspNonce: "__BIMO_NONCE__" },
  build: {
    // scripts/page.py puts a build that succeeded into the package; one that fails must not cost the old one.
    outDir: "dist",
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: true,
    // How much the first load weighs, packed, has a test of its own.
    chunkSizeWarningLimit: 1000,
  },
});
