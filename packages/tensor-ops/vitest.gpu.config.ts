import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';

const test = { include: ['tests/gpu/**/*.test.ts'], testTimeout: 30_000 };
const conditions = (runtime: string) => ['@descant/source', 'module', runtime, 'import', 'default'];

/**
 * The tests on graphics processors, in Node by Dawn and in Chromium; on SwiftShader, a driver that needs no such
 * hardware. `npm run pnpm -- run test:gpu` says where it is.
 */
export default defineConfig({
  test: {
    reporters: ['default', 'json'],
    projects: [
      { ssr: { resolve: { conditions: conditions('node') } }, test: { ...test, name: 'dawn' } },
      {
        resolve: { conditions: conditions('browser') },
        test: {
          ...test,
          name: 'chromium',
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: {
                executablePath: process.env.DESCANT_CHROMIUM ?? '/usr/bin/chromium',
                args: ['--no-sandbox', '--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'],
              },
            }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
});
