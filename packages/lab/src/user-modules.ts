/** Rules, games and environments from a user's own files, in TypeScript or JavaScript. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import * as games from '@descant/autodiff-games';
import * as envs from '@descant/envs';
import * as tensors from '@descant/tensor-ops';
import { createJiti } from 'jiti';
import { messageOf, UsageError } from './errors.ts';
import type { AnyRule } from './head-to-head/cell.ts';

/** The rules that a file exports, checked by `checkRule`. */
export const loadRules = (path: string): Promise<AnyRule[]> =>
  load(path, 'rule', isRule, (rule) => games.checkRule(rule));

/** The games that a file exports, checked by `checkGame`. */
export const loadGames = (path: string): Promise<games.Game<unknown>[]> =>
  load(path, 'game', isGame, games.checkGame);

/**
 * The environments that a file exports, with the names of the exports: environments themselves, or functions without
 * parameters that make them. They are not checked.
 */
export async function loadEnvironments(
  path: string,
): Promise<(readonly [string, envs.ParallelEnvironment])[]> {
  const exported = await importFile(path);
  const found: (readonly [string, envs.ParallelEnvironment])[] = [];
  for (const [name, value] of Object.entries(exported)) {
    const made = typeof value === 'function' && value.length === 0 && !isClass(value) ? await value() : value;
    if (isEnvironment(made)) found.push([name, made]);
  }
  if (found.length === 0) {
    const names = Object.keys(exported).join(', ') || 'nothing';
    throw new UsageError(
      `${path} must export an environment, an object { possibleAgents, reset, step, ... }, or a function that makes one; it exports ${names}`,
    );
  }
  return found;
}

/** The policy that a file exports as `policy` or by default. */
export async function loadPolicy(path: string): Promise<envs.Policy> {
  const exported = await importFile(path);
  const policy = exported.policy ?? exported.default;
  if (typeof policy === 'function') return policy as envs.Policy;
  const names = Object.keys(exported).join(', ') || 'nothing';
  throw new UsageError(
    `${path} must export a function \`policy(observation, random, agent)\`; it exports ${names}`,
  );
}

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
    const form =
      what === 'rule' ? '{ name, direction } or { name, init, update }' : '{ name, players, values, init }';
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
    virtualModules: {
      '@descant/autodiff-games': games,
      '@descant/envs': envs,
      '@descant/tensor-ops': tensors,
    },
  });
  try {
    return await jiti.import<Record<string, unknown>>(resolve(path));
  } catch (error) {
    throw new UsageError(`${path} cannot be loaded: ${messageOf(error)}`);
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

const isRule = (value: unknown): value is AnyRule =>
  isObject(value) &&
  typeof value.name === 'string' &&
  (typeof value.direction === 'function' ||
    (typeof value.init === 'function' && typeof value.update === 'function'));

const isGame = (value: unknown): value is games.Game<unknown> =>
  isObject(value) &&
  typeof value.name === 'string' &&
  typeof value.players === 'number' &&
  typeof value.values === 'function' &&
  typeof value.init === 'function';

const isClass = (value: unknown): boolean => /^class\b/.test(Function.prototype.toString.call(value));

const isEnvironment = (value: unknown): value is envs.ParallelEnvironment =>
  isObject(value) &&
  Array.isArray(value.possibleAgents) &&
  typeof value.reset === 'function' &&
  typeof value.step === 'function';
