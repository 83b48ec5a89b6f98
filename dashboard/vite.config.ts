import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { defineConfig } from 'vite'
import type { Plugin } from 'vite'

const outDir = join(import.meta.dirname, '..', 'dist', 'dashboard')

/** Files below this size gain nothing that a packet would notice. */
const compressedBytesMin = 1_024

/** Writes a .br and a .gz beside each file, so that the server compresses nothing. */
function compressedCopies(): Plugin {
  return {
    name: 'compressed-copies',
    apply: 'build',
    closeBundle() {
      for (const entry of readdirSync(outDir, { recursive: true, withFileTypes: true })) {
        const path = join(entry.parentPath, entry.name)
        if (!entry.isFile() || !/\.(js|css|html|svg)$/.test(path)) continue
        const bytes = readFileSync(path)
        if (bytes.length < compressedBytesMin) continue
        writeFileSync(path + '.br', brotliCompressSync(bytes))
        writeFileSync(path + '.gz', gzipSync(bytes, { level: 9 }))
      }
    },
  }
}

/** Puts the theme's script first: classic and blocking, so that it runs before the first paint. */
function themeFirst(): Plugin {
  const tag = { tag: 'script', attrs: { src: './theme.js' }, injectTo: 'head-prepend' } as const
  return { name: 'theme-first', transformIndexHtml: () => [tag] }
}

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [themeFirst(), compressedCopies()],
  build: {
    outDir,
    emptyOutDir: true,
    // One page, one script, one style sheet: nothing to preload.
    modulePreload: false,
    assetsInlineLimit: 0,
  },
  // `vite dev` beside a running Forewarn.
  server: { proxy: { '/api': 'http://127.0.0.1:8686' } },
})
