/** What every learner must do, in one table; then what is particular to some, and errors. */
import {
  at,
  grad,
  jit,
  key,
  mapTree,
  normal,
  ones,
  slice,
  split,
  stack,
  sum,
  type Tensor,
  tensor,
  zeros,
} from '@descant/tensor-ops';
import {
  batched,
  bptt,
  bpttGradient,
  type Cell,
  classifier,
  episodeLosses,
  gru,
  type Learner,
  type LinearReadout,
  lstm,
  type Model,
  noBackTrack,
  preUoro,
  regressor,
  reinforce,
  rflo,
  rtrl,
  runEpisode,
  snap1,
  spatialProjection,
  type Target,
  tanhRnn,
  truncatedBptt,
  uoro,
} from '@descant/uoro';
import { describe, expect, test } from 'vitest';
import { trace } from './support/episodes.ts';
import { elements, relativeError } from './support/network.ts';
import { exactGradient, setting } from './support/settings.ts';

// biome-ignore lint/suspicious/noExplicitAny: learners with different memories in one table
type AnyLearner = Learner<LinearReadout, any, Target>;
type AnyModel = Model<LinearReadout, Target>;

const STEPS = 4;

const makers: Readonly<Record<string, (model: AnyModel) => AnyLearner>> = {
  bptt: (m) => bptt(m, { length: STEPS }),
  truncatedBptt: (m) => truncatedBptt(m, { length: STEPS }),
  rtrl,
  'uoro, preactivation': (m) => uoro(m),
  'uoro, state': (m) => uoro(m, { cut: 'state' }),
  'uoro, parameter': (m) => uoro(m, { cut: 'parameter' }),
  'uoro, exact': (m) => uoro(m, { immediate: 'exact' }),
  'uoro, online': (m) => uoro(m, { rescaling: 'online' }),
  noBackTrack,
  preUoro,
  spatialProjection,
  snap1,
  rflo,
  reinforce: (m) => reinforce(m, { sigma: 0.1 }),
};
const exact = ['bptt', 'truncatedBptt', 'rtrl'];

const cells: Readonly<Record<string, Cell>> = {
  'tanh RNN': tanhRnn({ inputs: 2, units: 3 }),
  LSTM: lstm({ inputs: 2, units: 3 }),
  GRU: gru({ inputs: 2, units: 3 }),
};

const weightsOf = (g: { weights: readonly Tensor[] }) => elements(g.weights);
const totalOf = (gradients: readonly { weights: readonly Tensor[] }[]): number[] =>
  gradients.map(weightsOf).reduce((a, b) => a.map((v, i) => v + b[i]));

describe.each(Object.entries(cells))('%s', (_cell, cell) => {
  describe.each(Object.entries(makers))('%s', (name, make) => {
    const on = setting(classifier(cell, 2), STEPS, 17);
    const learner = make(on.model);
    const start = learner.init(on.parameters, on.start);
    const noise = normal(key(1), [STEPS, learner.noiseSize], 'float64');

    test('gradients like the parameters, the losses of the network, the same for the same noise', () => {
      const first = trace(learner, start, on.inputs, on.targets, noise);
      const shapes = (g: (typeof first.gradients)[number]) =>
        [...g.weights, g.readout.weights, g.readout.bias].map((t) => t.shape);
      expect(shapes(first.gradients[0])).toEqual(shapes(on.parameters as (typeof first.gradients)[number]));
      expect(elements(first.gradients).every(Number.isFinite)).toBe(true);
      expect(first.end.time.item()).toBe(STEPS);
      if (name !== 'reinforce') {
        const losses = elements(episodeLosses(on.model, on.parameters, on.inputs, on.targets, on.start));
        expect(relativeError(first.losses, losses)).toBeLessThan(1e-12);
      }
      const second = trace(learner, start, on.inputs, on.targets, noise);
      expect(elements(second.gradients)).toEqual(elements(first.gradients));
    });

    test('compiled, batched and in one loop as step by step', () => {
      const k = key(4);
      const episode = jit((p: typeof on.parameters, x: Tensor, y: Target, at: Tensor) => {
        const { gradient, losses } = runEpisode(learner, learner.init(p, on.start), x, y, at);
        return { gradient, losses };
      })(on.parameters, on.inputs, on.targets, k);
      let state = start;
      const gradients: (typeof episode.gradient)[] = [];
      for (let t = 0; t < STEPS; t++) {
        const target = mapTree((leaf) => at(leaf, t), on.targets);
        const step = learner.step(state, at(on.inputs, t), target, at(split(k, STEPS), t));
        state = step.state;
        gradients.push(step.gradient);
      }
      expect(relativeError(weightsOf(episode.gradient), totalOf(gradients))).toBeLessThan(1e-9);

      const group = batched(learner, 2);
      const twice = (t: Tensor) => stack([t, t]);
      const fromZero = learner.init(on.parameters);
      const target = mapTree((leaf) => at(leaf, 0), on.targets);
      const both = group.step(group.init(on.parameters), twice(at(on.inputs, 0)), mapTree(twice, target), k);
      const each = [0, 1].map((i) => learner.step(fromZero, at(on.inputs, 0), target, at(split(k, 2), i)));
      const average = weightsOf(each[0].gradient).map((v, i) => (v + weightsOf(each[1].gradient)[i]) / 2);
      expect(relativeError(weightsOf(both.gradient), average)).toBeLessThan(1e-9);
      const drawn = stack([0, 1].map((i) => learner.drawNoise(at(split(k, 2), i), 'float64')));
      const given = group.stepWithNoise(
        group.init(on.parameters),
        twice(at(on.inputs, 0)),
        mapTree(twice, target),
        drawn,
      );
      expect(elements(given)).toEqual(elements(both));
      const loop = batched(learner, 2, { sequential: true });
      const inTurn = loop.step(loop.init(on.parameters), twice(at(on.inputs, 0)), mapTree(twice, target), k);
      expect(relativeError(elements(inTurn), elements(both))).toBeLessThan(1e-9);
      expect(
        relativeError(
          elements(both.loss),
          each.map((e) => e.loss.item()),
        ),
      ).toBeLessThan(1e-12);
    });

    test('its state is a tree of tensors that can be stored and taken up again', () => {
      const half = trace(
        learner,
        start,
        slice(on.inputs, [0, 0], [2, 2]),
        cut(on.targets, 0, 2),
        slice(noise, [0, 0], [2, learner.noiseSize]),
      );
      const stored = mapTree(
        (leaf) => tensor(leaf.data.slice(), { shape: leaf.shape, dtype: leaf.dtype }),
        half.end,
      );
      const rest = trace(
        learner,
        stored,
        slice(on.inputs, [2, 0], [2, 2]),
        cut(on.targets, 2, 2),
        slice(noise, [2, 0], [2, learner.noiseSize]),
      );
      const whole = trace(learner, start, on.inputs, on.targets, noise);
      expect(elements(rest.gradients)).toEqual(elements(whole.gradients.slice(2)));
    });

    test('exact where it claims to be', () => {
      if (!exact.includes(name)) return;
      const { gradients } = trace(learner, start, on.inputs, on.targets, noise);
      expect(relativeError(totalOf(gradients), exactGradient(on))).toBeLessThan(1e-11);
    });
  });
});

const cut = (targets: Target, from: number, count: number): Target =>
  mapTree((leaf) => slice(leaf, [from], [count]), targets);

describe('biased learners', () => {
  test('SnAp-1 is exact for independent units, RFLO for units without recurrent weights', () => {
    for (const cell of Object.values(cells)) {
      const on = setting(classifier(cell, 2), STEPS, 23);
      const columns = (keep: (row: number, column: number) => boolean) =>
        on.parameters.weights.map((w, k) => {
          // In the GRU's second matrix no feature is a state.
          const recurrent = cell.name === 'GRU' && k === 1 ? 0 : 3;
          return tensor(
            w.data.map((v: number, e: number) => {
              const [row, column] = [Math.floor(e / w.shape[1]) % 3, e % w.shape[1]];
              return column >= recurrent || keep(row, column) ? v : 0;
            }),
            { shape: w.shape, dtype: 'float64' },
          );
        });
      const noise = zeros([STEPS, 0], 'float64');
      const run = (make: (m: AnyModel) => AnyLearner, weights: readonly Tensor[]) => {
        const learner = make(on.model);
        const parameters = { ...on.parameters, weights };
        const found = totalOf(
          trace(learner, learner.init(parameters, on.start), on.inputs, on.targets, noise).gradients,
        );
        const reference = rtrl(on.model);
        const wanted = totalOf(
          trace(reference, reference.init(parameters, on.start), on.inputs, on.targets, noise).gradients,
        );
        return relativeError(found, wanted);
      };
      const own = columns((row, column) => row === column);
      const none = columns(() => false);
      expect(run(snap1, own), cell.name).toBeLessThan(1e-12);
      expect(run(rflo, none), cell.name).toBeLessThan(1e-12);
      expect(run(snap1, on.parameters.weights), cell.name).toBeGreaterThan(1e-3);
      expect(run(rflo, own), cell.name).toBeGreaterThan(1e-4);
    }
  });

  test('truncated BPTT is exact for the first steps only; BPTT in blocks restarts', () => {
    const on = setting(classifier(cells.LSTM, 2), STEPS, 29);
    const noise = zeros([STEPS, 0], 'float64');
    const wanted = trace(
      rtrl(on.model),
      rtrl(on.model).init(on.parameters, on.start),
      on.inputs,
      on.targets,
      noise,
    ).gradients;
    const short = truncatedBptt(on.model, { length: 2 });
    const found = trace(short, short.init(on.parameters, on.start), on.inputs, on.targets, noise).gradients;
    expect(relativeError(weightsOf(found[1]), weightsOf(wanted[1]))).toBeLessThan(1e-12);
    expect(relativeError(weightsOf(found[3]), weightsOf(wanted[3]))).toBeGreaterThan(1e-4);
    const blocks = bptt(on.model, { length: 2 });
    const block = trace(blocks, blocks.init(on.parameters, on.start), on.inputs, on.targets, noise).gradients;
    const first = totalOf(block.slice(0, 2));
    expect(relativeError(first, totalOf(wanted.slice(0, 2)))).toBeLessThan(1e-12);
    expect(relativeError(totalOf(block), totalOf(wanted))).toBeGreaterThan(1e-4);
  });
});

describe('batches and online learning', () => {
  test('bpttGradient is the mean over sequences of exact gradients', () => {
    const on = setting(regressor(cells.GRU, 2), STEPS, 37);
    const xs = normal(key(8), [3, STEPS, 2], 'float64');
    const ys = { value: normal(key(9), [3, STEPS, 2], 'float64'), weight: ones([3, STEPS], 'float64') };
    const { gradient, loss } = jit((p: typeof on.parameters) => bpttGradient(on.model, p, xs, ys))(
      on.parameters,
    );
    const each = [0, 1, 2].map((i) => {
      const y = mapTree((leaf) => at(leaf, i), ys);
      const of = (p: typeof on.parameters) => sum(episodeLosses(on.model, p, at(xs, i), y));
      return { g: elements(grad(of)(on.parameters).weights), l: of(on.parameters).item() };
    });
    const average = each[0].g.map((_, i) => each.reduce((s, { g }) => s + g[i] / 3, 0));
    expect(relativeError(elements(gradient.weights), average)).toBeLessThan(1e-12);
    expect(loss.item()).toBeCloseTo(
      each.reduce((s, { l }) => s + l / 3, 0),
      10,
    );
  });

  test('the memory of UORO is that of its parameters, however long the stream', () => {
    const on = setting(classifier(cells.LSTM, 2), 1, 41);
    const learner = uoro(on.model);
    const sizes = [1, 5].map((steps) => {
      let state = learner.init(on.parameters, on.start);
      const target = mapTree((leaf) => at(leaf, 0), on.targets);
      for (let t = 0; t < steps; t++) state = learner.step(state, at(on.inputs, 0), target, key(t)).state;
      return elements(state.memory).length;
    });
    expect(sizes).toEqual([6 + 72 + 3, 6 + 72 + 3]);
  });
});
