// How the page is built: one script, one style sheet, hashed names, and a compressed copy of each
// beside it, so that the hub never compresses at run time.

import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

/** Writes `.br` and `.gz` beside every text file that is worth it. */
function precompress(): Plugin {
  return {
    name: 'precompress',
    apply: 'build',
    enforce: 'post',
    generateBundle(_options, bundle) {
      for (const [fileName, file] of Object.entries(bundle)) {
        if (!/\.(js|css|html|svg|json|webmanifest)$/.test(fileName)) continue;
        const source = Buffer.from(file.type === 'chunk' ? file.code : file.source);
        const brotli = brotliCompressSync(source, {
          params: { [constants.BROTLI_PARAM_QUALITY]: 11 },
        });
        const gzip = gzipSync(source, { level: 9 });
        if (brotli.length < source.length) {
          this.emitFile({ type: 'asset', fileName: `${fileName}.br`, source: brotli });
        }
        if (gzip.length < source.length) {
          this.emitFile({ type: 'asset', fileName: `${fileName}.gz`, source: gzip });
        }
      }
    },
  };
}

export default defineConfig({
  plugins: [precompress()],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
  server: { proxy: { '/api': { target: 'http://127.0.0.1:8480', ws: true } } },
});
