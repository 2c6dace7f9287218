import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

export default defineConfig({
  define: { GEN_BACKUP_VERSION: JSON.stringify(version) },
  // As esbuild's text loader does for the bundle.
  plugins: [
    {
      name: 'text-of-templates',
      enforce: 'pre',
      load: (id) =>
        /\.(sh|ejs)$/.test(id)
          ? `export default ${JSON.stringify(readFileSync(id, 'utf8'))}`
          : undefined,
    },
  ],
  test: { include: ['test/unit/**/*.test.ts'] },
});
