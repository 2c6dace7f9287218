import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { templateFunction } from './scripts/sources.mjs';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

export default defineConfig({
  define: { GEN_BACKUP_VERSION: JSON.stringify(version) },
  // As scripts/build.mjs does for the bundle.
  plugins: [
    {
      name: 'text-of-templates',
      enforce: 'pre',
      load: (id) => {
        if (!/\.(sh|ejs)$/.test(id)) return undefined;
        const text = readFileSync(id, 'utf8');
        return id.endsWith('.ejs')
          ? `export default ${templateFunction(text)}`
          : `export default ${JSON.stringify(text)}`;
      },
    },
  ],
  test: {
    include: ['test/unit/**/*.test.ts'],
    // The code has no state of its own: it is loaded once for all files, not for each.
    isolate: false,
    // On a machine that does other things too, many processes take their time.
    testTimeout: 60_000,
  },
});
