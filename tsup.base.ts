import { defineConfig, type Options } from 'tsup';

/**
 * The one place that knows the bundler: every package builds through it, so that tsup can be
 * replaced by editing this file alone. ESM only, types beside the code, dependencies left outside.
 */
export function packageBuild(options: { entry: Record<string, string>; platform: 'neutral' | 'node' }) {
  const config: Options = {
    entry: options.entry,
    platform: options.platform,
    format: 'esm',
    target: 'es2023',
    dts: true,
    sourcemap: true,
    clean: true,
    splitting: true,
    treeshake: true,
    outExtension: () => ({ js: '.js', dts: '.d.ts' }),
  };
  return defineConfig(config);
}
