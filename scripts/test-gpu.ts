// Runs the tests of the tensorflow executor on WebGPU, in Node by Dawn (the package webgpu) and in headless Chromium,
// there on WebGL, too: all on SwiftShader, which comes with Chromium and needs no graphics processor.
// The last line printed is `N passed, N failed`.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findChromium } from './lib/chromium.ts';
import { runCommand } from './lib/command.ts';
import { Tally } from './lib/tally.ts';
import { temporaryFolder } from './lib/temporary.ts';
import { countTests } from './lib/vitest-report.ts';
import { repositoryRoot } from './lib/workspace.ts';

/** Where distributions keep Chromium's libraries, beside the program or in a folder of their own. */
const LIBRARY_FOLDERS = ['/usr/lib/chromium', '/usr/lib/chromium-browser', '/opt/google/chrome'];
const DRIVER = 'vk_swiftshader_icd.json';

const chromium = findChromium();
const libraries = [...LIBRARY_FOLDERS, ...(chromium ? [dirname(chromium)] : [])].find((folder) =>
  existsSync(join(folder, DRIVER)),
);
const tally = new Tally();
if (chromium === undefined || libraries === undefined) {
  const missing = chromium === undefined ? 'Chromium is not installed' : `no ${DRIVER} beside Chromium`;
  if (process.env.CI === 'true') tally.check('SwiftShader is at hand', false, missing);
  else console.log(`skipped: the tests on graphics processors: ${missing}`);
} else {
  // The loader looks for the driver there; SwiftShader's own folder has a loader, too.
  const env = {
    VK_ICD_FILENAMES: join(libraries, DRIVER),
    LD_LIBRARY_PATH: libraries,
  };
  await runTests('dawn', env);
  await runTests('chromium', { DESCANT_CHROMIUM: chromium });
}
console.log(`${tally.passed} passed, ${tally.failed} failed`);
process.exitCode = tally.failed === 0 ? 0 : 1;

async function runTests(project: string, env: NodeJS.ProcessEnv): Promise<void> {
  const folder = temporaryFolder();
  const report = join(folder, 'report.json');
  const config = ['--config', 'vitest.gpu.config.ts', '--project', project];
  const { succeeded, output } = await runCommand(
    'vitest',
    ['run', ...config, `--outputFile.json=${report}`],
    {
      cwd: join(repositoryRoot, 'packages/tensor-ops'),
      env,
    },
  );
  const { passed, failures } = countTests(report, succeeded);
  tally.add(passed, failures.length);
  for (const failure of failures) console.log(failure);
  const complete = existsSync(report) && readFileSync(report, 'utf8').includes('device.test.ts');
  tally.check(`${project}: ${passed} passed, ${failures.length} failed`, complete, output);
  rmSync(folder, { recursive: true, force: true });
}
