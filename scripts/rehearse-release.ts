// A whole release of the last commit against a registry on this machine (verdaccio on 127.0.0.1):
// versions from the changesets, publishing, and each package installed by name into an empty folder.
// Nothing leaves this machine and the working tree stays as it is. Packages from elsewhere come
// through the registry npm is set up with. The last line printed is `N passed, N failed`.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runCommand } from './lib/command.ts';
import { Tally } from './lib/tally.ts';
import { temporaryFolder } from './lib/temporary.ts';
import { readManifest, repositoryRoot, workspacePackages } from './lib/workspace.ts';

const tally = new Tally();
const folder = temporaryFolder();
const clone = join(folder, 'clone');
const published = workspacePackages().filter(({ manifest }) => !manifest.private);

const registry = await startRegistry();
try {
  await release();
  for (const { manifest } of published) await installAndImport(manifest.name);
} catch (error) {
  tally.check('the rehearsal reaches its end', false, (error as Error).message);
} finally {
  registry.process.kill();
}
rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
tally.finish();

async function release(): Promise<void> {
  await step('the last commit is cloned', 'git', ['clone', '--quiet', repositoryRoot, clone], folder);
  await step('its dependencies install', 'pnpm', ['install', '--frozen-lockfile']);
  const identity = ['-c', 'user.name=rehearsal', '-c', 'user.email=rehearsal@localhost'];
  await step('changesets give the versions', 'changeset', ['version']);
  await step('the versions are committed', 'git', [
    ...identity,
    'commit',
    '--quiet',
    '--all',
    '-m',
    'Release',
  ]);
  await step('packages build', 'turbo', ['run', 'build', '--output-logs=errors-only']);
  writeFileSync(join(clone, '.npmrc'), registry.settings);
  await step('packages are published', 'changeset', ['publish', '--no-git-tag']);
}

async function installAndImport(name: string): Promise<void> {
  const home = temporaryFolder({
    'package.json': '{ "private": true, "type": "module" }\n',
    '.npmrc': registry.settings,
    'import.js': `const all = await import('${name}');\nif (Object.keys(all).length === 0) throw new Error('empty');\n`,
  });
  await step(`${name} installs by name`, 'npm', ['install', '--no-audit', '--no-fund', name], home);
  await step(`${name} imports`, process.execPath, ['import.js'], home);
  const { directory } = published.find(({ manifest }) => manifest.name === name)!;
  const released = readManifest(join(clone, directory.slice(repositoryRoot.length))).version;
  const installed = readManifest(join(home, 'node_modules', name)).version;
  tally.check(`${name} is version ${released}`, installed === released, `installed ${installed}`);
  rmSync(home, { recursive: true, force: true });
}

async function step(name: string, program: string, args: readonly string[], cwd = clone): Promise<void> {
  const { succeeded, output } = await runCommand(program, args, { cwd });
  tally.check(name, succeeded, output);
  if (!succeeded) throw new Error(`nothing after "${name}" was tried`);
}

/** Installs and starts verdaccio on a free port of 127.0.0.1. */
async function startRegistry(): Promise<{ process: ChildProcess; settings: string }> {
  const home = join(folder, 'verdaccio');
  const upstream = await npmSetting('registry');
  const certificates = await npmSetting('cafile');
  const port = await freePort();
  const own = published.map(
    ({ manifest }) => `  '${manifest.name}': { access: $all, publish: $all, unpublish: $all }`,
  );
  const config = [
    `storage: ${join(folder, 'storage')}`,
    `uplinks: { upstream: { url: '${upstream}' } }`,
    'packages:',
    ...own,
    "  '**': { access: $all, proxy: upstream }",
    'log: { type: stdout, format: pretty, level: warn }',
  ].join('\n');
  mkdirSync(home);
  writeFileSync(join(home, 'package.json'), '{ "private": true, "overrides": { "node-fetch": "2.7.0" } }\n');
  writeFileSync(join(home, 'config.yaml'), `${config}\n`);
  await step(
    'the registry installs',
    'npm',
    ['install', '--no-audit', '--no-fund', 'verdaccio@6.10.0'],
    home,
  );
  const program = join(home, 'node_modules/.bin/verdaccio');
  const child = spawn(program, ['--config', 'config.yaml', '--listen', `127.0.0.1:${port}`], {
    cwd: home,
    env: certificates === 'null' ? process.env : { ...process.env, NODE_EXTRA_CA_CERTS: certificates },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const url = `http://127.0.0.1:${port}/`;
  for (let attempt = 0; attempt < 100; attempt++) {
    const answers = await fetch(`${url}-/ping`).then(
      (response) => response.ok,
      () => false,
    );
    if (answers) {
      // npm and pnpm want a token to publish; this registry lets everybody in and reads none.
      const settings = `registry=${url}\n//127.0.0.1:${port}/:_authToken=rehearsal\n`;
      return { process: child, settings };
    }
    await sleep(300);
  }
  child.kill();
  throw new Error('verdaccio does not answer on 127.0.0.1 within 30 seconds');
}

async function npmSetting(name: string): Promise<string> {
  const { output } = await runCommand('npm', ['config', 'get', name], { cwd: folder });
  return output.trim().split('\n').at(-1) ?? '';
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
