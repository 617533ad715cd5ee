import { configDefaults, defineConfig, mergeConfig } from 'vitest/config';
import shared from '../../vitest.config.ts';

/** The tests on graphics processors need a driver: `npm run pnpm -- run test:gpu`. */
const exclude = [...configDefaults.exclude, 'tests/gpu/**'];

export default mergeConfig(shared, defineConfig({ test: { exclude } }));
