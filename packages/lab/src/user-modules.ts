/** Rules and games from a user's own files, in TypeScript or JavaScript. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import * as games from '@descant/autodiff-games';
import * as tensors from '@descant/tensor-ops';
import { createJiti } from 'jiti';
import { messageOf, UsageError } from './errors.ts';

/** The rules that a file exports, checked by `checkRule`. */
export const loadRules = (path: string): Promise<games.Rule[]> => load(path, 'rule', isRule, games.checkRule);

/** The games that a file exports, checked by `checkGame`. */
export const loadGames = (path: string): Promise<games.Game<unknown>[]> =>
  load(path, 'game', isGame, games.checkGame);

/** The SHA-256 of a file's bytes, by which a repeated run notices that the file has changed. */
export function fileHash(path: string): string {
  if (!existsSync(path)) throw new UsageError(`no file at ${path}`);
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

async function load<T>(
  path: string,
  what: 'rule' | 'game',
  matches: (value: unknown) => value is T,
  check: (value: T) => string[],
): Promise<T[]> {
  const exported = await importFile(path);
  const found = [...new Set(Object.values(exported))].filter(matches);
  if (found.length === 0) {
    const form = what === 'rule' ? '{ name, direction }' : '{ name, players, values, init }';
    const names = Object.keys(exported).join(', ') || 'nothing';
    throw new UsageError(`${path} must export a ${what}, an object ${form}; it exports ${names}`);
  }
  const problems = found.flatMap((value) => check(value));
  if (problems.length > 0) {
    throw new UsageError([`the ${what} in ${path} fails its checks:`, ...problems].join('\n  '));
  }
  return found;
}

/**
 * Imports a file; Node 20 does not read TypeScript, so jiti does, on every version alike. The packages of Descant are
 * handed to the file as they are loaded here: a second copy of tensor-ops would not recognise our tensors as its own.
 */
async function importFile(path: string): Promise<Record<string, unknown>> {
  if (!existsSync(path)) throw new UsageError(`no file at ${path}`);
  const jiti = createJiti(import.meta.url, {
    fsCache: false,
    moduleCache: false,
    interopDefault: false,
    virtualModules: { '@descant/autodiff-games': games, '@descant/tensor-ops': tensors },
  });
  try {
    return await jiti.import<Record<string, unknown>>(resolve(path));
  } catch (error) {
    throw new UsageError(`${path} cannot be loaded: ${messageOf(error)}`);
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

const isRule = (value: unknown): value is games.Rule =>
  isObject(value) && typeof value.name === 'string' && typeof value.direction === 'function';

const isGame = (value: unknown): value is games.Game<unknown> =>
  isObject(value) &&
  typeof value.name === 'string' &&
  typeof value.players === 'number' &&
  typeof value.values === 'function' &&
  typeof value.init === 'function';
