// Three pages, one build: hashed names below assets/, and nothing that a strict CSP would refuse
// (no inline script, no data: URL, no polyfill that evaluates).
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
    root: at('.'),
    base: '/',
    publicDir: false,
    logLevel: 'warn',
    esbuild: { jsx: 'automatic', jsxImportSource: 'preact', legalComments: 'none' },
    // A worker's name begins with its page's: the service gives each page's files their own policy.
    worker: {
        format: 'es',
        rollupOptions: { output: { entryFileNames: 'assets/[name]-[hash].js' } },
    },
    build: {
        target: 'es2020',
        emptyOutDir: true,
        manifest: 'manifest.json',
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
        rollupOptions: {
            input: {
                resident: at('resident/index.html'),
                pos: at('pos/index.html'),
                admin: at('admin/index.html'),
            },
            output: {
                entryFileNames: 'assets/[name]-[hash].js',
                chunkFileNames: 'assets/[name]-[hash].js',
                assetFileNames: 'assets/[name]-[hash][extname]',
            },
        },
    },
});
