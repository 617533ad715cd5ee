import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize, sep } from 'node:path';
import { temporaryFolder } from './temporary.ts';

const programs = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.map': 'application/json',
  '.wasm': 'application/wasm',
};

/** Path of an installed Chromium, if there is one. */
export function findChromium(): string | undefined {
  return programs.find((path) => existsSync(path));
}

/**
 * Serves a folder on the local host, opens its page in headless Chromium, and waits until the page
 * posts its verdict to `/verdict`: an empty text for success, else what went wrong.
 */
export async function runInChromium(
  program: string,
  folder: string,
  page: string,
  timeout = 60_000,
): Promise<string> {
  const verdict = Promise.withResolvers<string>();
  const server = createServer((request, response) => {
    if (request.method === 'POST' && request.url === '/verdict') {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        response.end();
        verdict.resolve(body);
      });
      return;
    }
    const path = normalize(join(folder, new URL(request.url ?? '/', 'http://localhost').pathname));
    if (!path.startsWith(folder + sep) || !existsSync(path)) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {
      'content-type': contentTypes[extname(path)] ?? 'text/plain',
      // Pages are cross-origin isolated, so that they may share memory between threads.
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
    });
    response.end(readFileSync(path));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const profile = temporaryFolder();
  const browser = spawn(
    program,
    [...flags, `--user-data-dir=${profile}`, `http://127.0.0.1:${port}/${page}`],
    { stdio: 'ignore' },
  );
  const closed = new Promise((resolve) => browser.on('close', resolve));
  browser.on('error', (error) => verdict.resolve(`Chromium does not start: ${error.message}`));
  browser.on('exit', (status) => verdict.resolve(`Chromium ended early with status ${status}`));
  const timer = setTimeout(() => verdict.resolve(`no verdict after ${timeout} ms`), timeout);
  try {
    return await verdict.promise;
  } finally {
    clearTimeout(timer);
    browser.kill('SIGKILL');
    server.closeAllConnections();
    server.close();
    await closed;
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
