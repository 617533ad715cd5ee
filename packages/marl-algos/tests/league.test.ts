import { tracedCoinGame, tracedIteratedMatrixGame } from '@descant/envs';
import {
  type Agent,
  constantPolicy,
  cooperation,
  gruNetwork,
  type League,
  type LeagueOptions,
  league,
  loadAgent,
  mlpNetwork,
  networkNamed,
  ownCoinRatio,
  play,
  type Responder,
  rewardPerStep,
  shortestPathPolicy,
  tabularPolicy,
  titForTat,
  writeAgent,
} from '@descant/marl-algos';
import { add, key, mul, type Tensor, tensor } from '@descant/tensor-ops';
import { readSafetensors, writeSafetensors } from '@descant/tensor-ops/io';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { messageOf } from './support/errors.ts';

const environment = tracedIteratedMatrixGame({ game: 'prisonersDilemma', maxSteps: 5 });
const table = tabularPolicy(5, 2);
const drawn = (name: string, seed: number): Agent => ({
  name,
  network: table,
  parameters: table.init(key(seed)),
});
const agents = (seat: number): Agent[] => [
  { name: 'AllD', network: constantPolicy(environment, seat, 1), parameters: null },
  { name: 'TFT', network: titForTat(environment, seat), parameters: null },
  drawn('one', 1),
  drawn('two', 2),
];
const options: LeagueOptions = { environment, rows: agents(0), columns: agents(1), plays: 8, seed: 3 };
const cellOf = ({ cells }: League, row: string, column: string) =>
  cells.find((cell) => cell.row === row && cell.column === column);
const means = (of: League, row: string, column: string, measure = 'reward') =>
  cellOf(of, row, column)?.measures[measure].map(({ mean }) => mean ?? Number.NaN) ?? [];

describe('leagues', () => {
  it('exchanged seats exchange rewards', async () => {
    const all = await league({ ...options, plays: 2000 });
    expect(all.cells.length).toBe(16);
    const names = agents(0).map(({ name }) => name);
    const z = names.flatMap((row) =>
      names.flatMap((column) => {
        const [here, there] = [cellOf(all, row, column), cellOf(all, column, row)];
        return [0, 1].map((seat) => {
          const [a, b] = [here?.measures.reward[seat], there?.measures.reward[1 - seat]];
          const error = Math.hypot(a?.standardError ?? 0, b?.standardError ?? 0);
          const difference = (a?.mean ?? Number.NaN) - (b?.mean ?? Number.NaN);
          return error === 0 ? difference * 1e9 : difference / error;
        });
      }),
    );
    // |z| <= 5 for each of 32, not all independent: false alarm with probability below 2e-5.
    expect(Math.max(...z.map(Math.abs))).toBeLessThan(5);
    expect(means(all, 'TFT', 'AllD')).toEqual([-2.2, -1.6].map((v) => expect.closeTo(v, 6)));
    // Without the exchange the rewards of a defector and who trusts it differ by many errors.
    expect(means(all, 'AllD', 'one')[0] - means(all, 'one', 'AllD')[0]).toBeGreaterThan(0.5);
  });

  it('interrupted at any cell and completed, is what one run is', async () => {
    const whole = await league(options);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 15 }), async (stopAfter) => {
        const stop = new AbortController();
        const part = await league({
          ...options,
          signal: stop.signal,
          onCell: ({ cells }, total) => {
            expect(total).toBe(16);
            if (cells.length === stopAfter) stop.abort();
          },
        });
        expect(part.cells.length).toBe(stopAfter);
        const played: number[] = [];
        const from: League = JSON.parse(JSON.stringify(part));
        const resumed = await league({ ...options, from, onCell: ({ cells }) => played.push(cells.length) });
        expect(resumed).toEqual(whole);
        expect(played.length).toBe(16 - stopAfter);
      }),
      { numRuns: 2 },
    );
    expect(await league({ ...options, seed: 4 })).not.toEqual(whole);
  });

  it('grows by contestants, and plays those again that changed', async () => {
    const [allD, tft, one] = agents(0);
    const small = await league({ ...options, rows: [allD, tft, one], columns: agents(1).slice(0, 2) });
    const whole = await league(options);
    let played = 0;
    const count = () => played++;
    expect(await league({ ...options, from: small, onCell: count })).toEqual(whole);
    expect(played).toBe(10);
    played = 0;
    const rows = agents(0).with(2, drawn('one', 7));
    const changed = await league({ ...options, rows, from: whole, onCell: count });
    expect(played).toBe(4);
    expect(cellOf(changed, 'one', 'AllD')).not.toEqual(cellOf(whole, 'one', 'AllD'));
    expect(cellOf(changed, 'two', 'one')).toEqual(cellOf(whole, 'two', 'one'));
    played = 0;
    const measures = { cooperation };
    await league({ ...options, rows: [allD], from: whole, measures, onCell: count });
    expect(played).toBe(4);
  });

  it('asks responders, but not two of them to respond to each other', async () => {
    const seen: number[] = [];
    const responder: Responder = {
      name: 'defects',
      respond: async ({ game, parameters, seat, key: k }) => {
        seen.push(seat);
        const policies = game.policies.with(seat, constantPolicy(environment, seat, 1));
        return play({ ...game, policies }, parameters, k);
      },
    };
    const asked = await league({
      ...options,
      rows: [...agents(0), responder],
      columns: [...agents(1), responder],
    });
    expect(asked.cells.length).toBe(24);
    expect(cellOf(asked, 'defects', 'defects')).toBeUndefined();
    expect(means(asked, 'defects', 'TFT')).toEqual(means(asked, 'AllD', 'TFT'));
    expect(means(asked, 'TFT', 'defects')).toEqual(means(asked, 'TFT', 'AllD'));
    expect(seen.toSorted()).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
    const failing = { name: 'fails', respond: () => Promise.reject(new Error('no answer')) };
    await expect(league({ ...options, rows: [failing] })).rejects.toThrow('no answer');
  });

  it('measures what it is asked for', async () => {
    const coins = tracedCoinGame();
    const at = (seat: number) =>
      (['any', 'own'] as const).map((kind) => ({
        name: kind,
        network: shortestPathPolicy(coins, seat, kind),
        parameters: null,
      }));
    const measures = { reward: rewardPerStep, ownCoins: ownCoinRatio };
    const result = await league({
      environment: coins,
      rows: at(0),
      columns: at(1),
      plays: 32,
      seed: 0,
      measures,
    });
    expect(means(result, 'own', 'own', 'ownCoins')).toEqual([1, 1]);
    expect(means(result, 'own', 'any', 'ownCoins')[0]).toBe(1);
    expect(means(result, 'any', 'any', 'ownCoins')[0]).toBeLessThan(0.7);
  });

  it('says what does not fit', async () => {
    const twice = [drawn('one', 1), drawn('one', 2)];
    await expect(league({ ...options, columns: twice })).rejects.toThrow(
      'league: columns must have names of their own; got "one" twice',
    );
    const other = gruNetwork({ inputShape: [4, 3, 3], units: 2, outputs: 4 });
    const stranger = { name: 'stranger', network: other, parameters: other.init(key(0)) };
    await expect(league({ ...options, rows: [stranger] })).rejects.toThrow(
      'sampledGame: policies[0] must map [5] -> 2 in float32; got gru 36-2-4: [4, 3, 3] -> 4 in float32',
    );
    const from = await league({ ...options, rows: [], plays: 4 });
    await expect(league({ ...options, from })).rejects.toThrow('league: from.plays must be 8; got 4');
  });
});

describe('agents from files', () => {
  const coins = tracedCoinGame();
  it.each([
    ['gru', coins, gruNetwork({ inputShape: [4, 3, 3], units: 3, outputs: 4 })],
    ['mlp', coins, mlpNetwork({ inputShape: [4, 3, 3], hidden: [3, 2], outputs: 4 })],
    ['linear', coins, mlpNetwork({ inputShape: [4, 3, 3], hidden: [], outputs: 4 })],
    ['table', environment, table],
  ] as const)('%s', async (name, of, network) => {
    const parameters = network.init(key(5));
    const bytes = writeAgent<never>(network as never, parameters as never);
    const agent = loadAgent(name, bytes, of, 1);
    expect(agent.network.name).toBe(network.name);
    const cell = (contestant: Agent) =>
      league({ environment: of, rows: [contestant], columns: [contestant], plays: 4, seed: 1 });
    expect(await cell(agent)).toEqual(await cell({ name, network: network as Agent['network'], parameters }));
  });

  it('of other architectures, environments or versions are errors', () => {
    const network = gruNetwork({ inputShape: [4, 3, 3], units: 3, outputs: 4 });
    const bytes = writeAgent(network, network.init(key(0)));
    expect(messageOf(() => loadAgent('a', bytes, environment, 0))).toBe(
      'readAgent: network must be gru 36-3-4; got gru 5-3-2',
    );
    expect(messageOf(() => networkNamed('transformer 8', coins, 0))).toBe(
      'networkNamed: architecture must be like "tabular policy 5 x 2", "mlp 36-32-4", "gru 36-64-4" or "coin memory 38-16-4"; got "transformer 8"',
    );
    const { tensors, metadata } = readSafetensors(bytes);
    const changed = (change: Record<string, string>) => writeSafetensors(tensors, { ...metadata, ...change });
    expect(messageOf(() => loadAgent('a', changed({ version: '2' }), coins, 0))).toBe(
      'readAgent: bytes must have version 1; got 2',
    );
    expect(messageOf(() => loadAgent('a', changed({ architecture: 'mlp 36-3-4' }), coins, 0))).toMatch(
      /^recordToTree: record must hold/,
    );
    expect(messageOf(() => loadAgent('a', bytes, coins, 2))).toBe(
      'loadAgent: seat must be a whole number below 2; got 2',
    );
  });

  it('have fingerprints of every parameter', async () => {
    const bump = (x: Tensor, i: number) =>
      add(x, mul(tensor([0, 1, 2, 3, 4].map((j) => [j === i ? 1e-6 : 0])), 1));
    const base = tensor([[0.1], [0.2], [0.3], [0.4], [0.5]]);
    const print = async (parameters: Tensor) => {
      const rows = [{ name: 'x', network: table, parameters }];
      return (await league({ ...options, rows, columns: [] })).rows[0].fingerprint;
    };
    const prints = await Promise.all([base, ...[0, 1, 2, 3, 4].map((i) => bump(base, i))].map(print));
    expect(new Set(prints).size).toBe(6);
    expect(await print(tensor([[0.1], [0.2], [0.3], [0.4], [0.5]]))).toBe(prints[0]);
  });
});
