// Installs each package as a user would: packed, installed by npm into an empty folder, and its
// README's first example run on Node 20, on Node 24 and, for the packages made for browsers, in
// headless Chromium. So is, on Node, the first example of each further entry (`name/optim`), which
// fails when entries do not share their classes. The last line printed is `N passed, N failed`.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import ts from 'typescript';
import { build } from 'vite';
import { compileExample } from './examples/compile.ts';
import { packageExamples } from './examples/extract.ts';
import { findChromium, runInChromium } from './lib/chromium.ts';
import { runCommand } from './lib/command.ts';
import { Tally } from './lib/tally.ts';
import { temporaryFolder } from './lib/temporary.ts';
import { type Manifest, readManifest, type WorkspacePackage, workspacePackages } from './lib/workspace.ts';

const browserPackages = [
  '@descant/tensor-ops',
  '@descant/autodiff-games',
  '@descant/coconet',
  '@descant/envs',
  '@descant/estimators',
  '@descant/marl-algos',
  '@descant/uoro',
];
/** Packages whose dependencies browsers cannot load as they are (CommonJS inside): tried through a bundler. */
const bundledPackages = [
  '@descant/autodiff-games',
  '@descant/coconet',
  '@descant/envs',
  '@descant/marl-algos',
];
const nodeVersions = [20, 24];
const threadsPackage = '@descant/tensor-ops';

/**
 * Three threads: they start, give the same bits as one, and the helpers do some of the work. That shows in
 * `Math.pow`, which compiled code calls: this thread's is replaced by one that counts.
 */
const threadsScript = `
const { pow: power } = Math;
let own = 0;
Math.pow = (a, b) => {
  own++;
  return power(a, b);
};
const { jit, pow, setThreads, tensor } = await import('@descant/tensor-ops');
const x = tensor(Float32Array.from({ length: 2 ** 17 }, (_, i) => 0.5 + (i % 97) / 97));
const power3 = jit((a) => pow(a, 3.3));
const expected = power3(x).data;
await setThreads(3);
const end = performance.now() + 20_000;
for (let helped = false; !helped; ) {
  own = 0;
  const found = power3(x).data;
  if (expected.some((value, i) => value !== found[i])) throw new Error('three threads give other bits');
  helped = own < x.size;
  if (performance.now() > end) throw new Error('no helper does anything');
  await new Promise((done) => setTimeout(done, 1));
}
await setThreads(1);
`;

const tally = new Tally();
const published = workspacePackages().filter(({ manifest }) => !manifest.private);
const folder = temporaryFolder();

const built = await runCommand('turbo', ['run', 'build', '--output-logs=errors-only']);
tally.check('packages build', built.succeeded, built.output);
const nodes = new Map<number, string>();
for (const version of nodeVersions) {
  const program = await findNode(version);
  tally.check(`Node ${version} is at hand`, program !== undefined);
  if (program !== undefined) nodes.set(version, program);
}
const chromium = findChromium();

const tarballs = new Map<string, string>();
for (const entry of published) {
  const name = entry.manifest.name;
  const packed = await runCommand('pnpm', ['pack', '--pack-destination', folder], { cwd: entry.directory });
  const tarball = /\S+\.tgz/.exec(packed.output)?.[0];
  tally.check(`${name} packs`, packed.succeeded && tarball !== undefined, packed.output);
  if (tarball !== undefined) tarballs.set(name, resolve(folder, tarball));
}
for (const entry of published) await smoke(entry);
rmSync(folder, { recursive: true, force: true });
tally.finish();

async function smoke({ directory, manifest }: WorkspacePackage): Promise<void> {
  const { name } = manifest;
  const home = temporaryFolder({ 'package.json': '{ "private": true, "type": "module" }\n' });
  const needed = [name, ...ownDependencies(name)].map((other) => tarballs.get(other) ?? other);
  const packages = [...needed, ...testedPeers(manifest)];
  const installed = await runCommand('npm', ['install', '--no-audit', '--no-fund', ...packages], {
    cwd: home,
  });
  tally.check(`${name} installs into an empty folder`, installed.succeeded, installed.output);

  const examples = packageExamples(directory);
  const example = examples.find(({ file }) => file.endsWith('README.md'));
  tally.check(`${name} has an example in its README`, example !== undefined);
  if (example === undefined) return;
  writeFileSync(
    join(home, 'expect-value.js'),
    withoutTypes(join(import.meta.dirname, 'examples/expect-value.ts')),
  );
  const scripts = [{ title: `${name}, README example`, file: 'example.js', example }];
  for (const entry of furtherEntries(manifest)) {
    const own = examples.find(({ code }) => code.includes(`from '${entry}'`));
    tally.check(`${entry} has an example`, own !== undefined);
    if (own !== undefined)
      scripts.push({ title: `${entry}, example`, file: `${entry.split('/').at(-1)}.js`, example: own });
  }
  if (name === threadsPackage) writeFileSync(join(home, 'threads.js'), threadsScript);
  for (const script of scripts) {
    writeFileSync(join(home, script.file), stripTypes(compileExample(script.example, './expect-value.js')));
  }

  const threads = name === threadsPackage ? [{ title: `${name}, threads`, file: 'threads.js' }] : [];
  for (const [version, node] of nodes) {
    for (const { title, file } of [...scripts, ...threads]) {
      const run = await runCommand(node, [file], { cwd: home, timeout: 120_000 });
      tally.check(`${title} on Node ${version}`, run.succeeded, run.output);
    }
    for (const [command, path] of Object.entries(manifest.bin ?? {})) {
      const script = join(home, 'node_modules', name, path);
      const help = await runCommand(node, [script, '--help'], { cwd: home, timeout: 120_000 });
      const answered = help.succeeded && help.output.includes(command);
      tally.check(`${command} --help on Node ${version}`, answered, help.output);
    }
  }
  if (browserPackages.includes(name)) await smokeInBrowser(name, home);
  rmSync(home, { recursive: true, force: true });
}

async function smokeInBrowser(name: string, home: string): Promise<void> {
  const example = `${name}, README example in headless Chromium`;
  const bundled = bundledPackages.includes(name);
  await checkInBrowser(name, home, example, bundled ? await bundle(home, 'example.js') : 'example.js');
  if (name !== threadsPackage) return;
  await checkInBrowser(name, home, `${name}, threads in headless Chromium`, 'threads.js');
  const file = await bundle(home, 'threads.js');
  await checkInBrowser(name, home, `${name}, threads in headless Chromium, through a bundler`, file);
}

async function checkInBrowser(name: string, home: string, check: string, file: string): Promise<void> {
  if (chromium === undefined) {
    if (process.env.CI === 'true') tally.check(check, false, 'Chromium is not installed');
    else console.log(`skipped: ${check}: Chromium is not installed`);
    return;
  }
  writeFileSync(join(home, 'index.html'), browserPage([name, ...ownDependencies(name)], home, file));
  const problem = await runInChromium(chromium, home, 'index.html');
  tally.check(check, problem === '', problem);
}

/** Bundles a script with all that it imports, as an application would be built; returns the bundle's path. */
async function bundle(home: string, script: string): Promise<string> {
  await build({
    root: home,
    configFile: false,
    logLevel: 'error',
    build: {
      lib: { entry: script, formats: ['es'], fileName: () => script },
      outDir: 'bundled',
      target: 'es2023',
    },
  });
  return `bundled/${script}`;
}

/** A page that imports a script with its packages from the installed files and posts its verdict. */
function browserPage(packages: readonly string[], home: string, script: string): string {
  const imports = Object.fromEntries(
    packages.flatMap((name) => {
      const entries = Object.entries(readManifest(join(home, 'node_modules', name)).exports ?? {});
      return entries.map(([entry, target]) => {
        const path = typeof target === 'string' ? target : target.default;
        if (path === undefined) throw new Error(`${name}: the packed manifest has no default for ${entry}`);
        return [join(name, entry), join('/node_modules', name, path)];
      });
    }),
  );
  return `<!doctype html>
<script type="importmap">${JSON.stringify({ imports })}</script>
<script type="module">
const verdict = await import('/${script}').then(() => '', (error) => error.stack || String(error));
await fetch('/verdict', { method: 'POST', body: verdict });
</script>
`;
}

/** The entries beside the main one that can be imported, as `name/entry`. */
function furtherEntries({ name, exports = {} }: Manifest): string[] {
  return Object.keys(exports)
    .filter((entry) => entry !== '.' && entry !== './package.json')
    .map((entry) => join(name, entry));
}

/** The optional peers that the package is developed with, as `name@version`. */
function testedPeers({ peerDependencies = {}, devDependencies = {} }: Manifest): string[] {
  return Object.entries(peerDependencies).flatMap(([peer, version]) =>
    peer in devDependencies ? [`${peer}@${version}`] : [],
  );
}

/** The packages of this repository that a package needs, directly or through others. */
function ownDependencies(name: string): string[] {
  const { manifest } = published.find((entry) => entry.manifest.name === name)!;
  const direct = Object.keys(manifest.dependencies ?? {}).filter((other) =>
    published.some((entry) => entry.manifest.name === other),
  );
  return [...new Set(direct.flatMap((other) => [other, ...ownDependencies(other)]))];
}

/** A Node of the given major version: on the PATH, or else fetched from npm. */
async function findNode(major: number): Promise<string | undefined> {
  const onPath = (process.env.PATH ?? '').split(delimiter).map((entry) => join(entry, 'node'));
  for (const candidate of [process.execPath, ...onPath.filter((path) => existsSync(path))]) {
    if (await hasMajor(candidate, major)) return candidate;
  }
  const home = join(folder, `node-${major}`);
  await runCommand('npm', ['install', '--no-audit', '--no-fund', '--prefix', home, `node@${major}`]);
  const fetched = join(home, 'node_modules/node/bin/node');
  return (await hasMajor(fetched, major)) ? fetched : undefined;
}

async function hasMajor(program: string, major: number): Promise<boolean> {
  const { succeeded, output } = await runCommand(program, ['--version']);
  return succeeded && output.startsWith(`v${major}.`);
}

function withoutTypes(path: string): string {
  return stripTypes(readFileSync(path, 'utf8'));
}

function stripTypes(code: string): string {
  const { module, target } = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 };
  return ts.transpileModule(code, { compilerOptions: { module, target } }).outputText;
}
