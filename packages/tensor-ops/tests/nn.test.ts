/** Networks: PyTorch's numbers, independent loops, laws, and error messages. */
import {
  add,
  at,
  eye,
  grad,
  jit,
  key,
  mean,
  mul,
  normal,
  relu,
  split,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  transpose,
  zeros,
} from '@descant/tensor-ops';
import { checkGradients } from '@descant/tensor-ops/debug';
import * as nn from '@descant/tensor-ops/nn';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const size = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);

/** Element k of the flattened array is sin(k + 1) / 2, as in the PyTorch runs. */
const wave = (...shape: number[]): Tensor =>
  tensor(
    Float64Array.from({ length: size(shape) }, (_, k) => Math.sin(k + 1) / 2),
    { shape },
  );

/** PyTorch stores the transposes of our weights. */
const waveT = (...shape: number[]): Tensor => transpose(wave(...shape));

function expectNear(actual: Tensor, expected: readonly number[], tolerance = 1e-13): void {
  expect(actual.size).toBe(expected.length);
  const worst = Math.max(...[...actual.data].map((v, i) => Math.abs(v - expected[i])));
  expect(worst).toBeLessThanOrEqual(tolerance);
}

const gruParameters: nn.GruParameters = {
  inputWeights: waveT(6, 2),
  recurrentWeights: waveT(6, 2),
  inputBias: wave(6),
  recurrentBias: wave(6),
};
const lstmParameters: nn.LstmParameters = {
  inputWeights: waveT(8, 2),
  recurrentWeights: waveT(8, 2),
  bias: mul(2, wave(8)),
};

describe('PyTorch 1.13, float64: every parameter and input is sin(1 + position) / 2', () => {
  test('torch.nn.GRU(2, 2) on [3, 2, 2], and d sum(y^2) / d h0', () => {
    const run = (h: Tensor) => nn.gru(gruParameters, h, wave(3, 2, 2));
    const { states, last } = run(wave(2, 2));
    const expected = [
      -0.27020897461578136, -0.10734026501561067, -0.203532253716056, -0.19220308323643337,
      -0.42464562784574506, 0.08975130462490824, -0.45304468322503333, -0.32668140827318926,
      -0.5166716182532228, -0.07006140992020166, -0.5185813097738592, 0.17428045700966108,
    ];
    expectNear(states, expected);
    expectNear(last, expected.slice(8));
    expectNear(
      grad((h: Tensor) => sum(square(run(h).states)))(wave(2, 2)),
      [-0.44353195016477887, 0.08738197371121129, -0.4314506103455277, 0.06479691105242026],
    );
  });

  test('torch.nn.LSTM(2, 2) on [3, 2, 2] with c0 = 2 h0, and d sum(y^2) / d h0', () => {
    const run = (h: Tensor) => nn.lstm(lstmParameters, { hidden: h, cell: mul(2, h) }, wave(3, 2, 2));
    const { hiddens, last } = run(wave(2, 2));
    const expected = [
      -0.23242150610327564, -0.024452461519650328, -0.17705088744755082, -0.22332208033810277,
      -0.35549349647419454, 0.053109012831883476, -0.42971105614377914, -0.2710562214752923,
      -0.437053449505605, -0.06025594439264348, -0.39211673212184733, 0.10452894924066522,
    ];
    expectNear(hiddens, expected);
    expectNear(last.hidden, expected.slice(8));
    expectNear(
      last.cell,
      [-0.8626627336152305, -0.08323759416801706, -0.8971655530558527, 0.15439929003272296],
    );
    expectNear(
      grad((h: Tensor) => sum(square(run(h).hiddens)))(wave(2, 2)),
      [-0.4512883049232616, 0.17577147971625084, -0.2989405990750399, 0.006358114801797515],
    );
  });

  test('torch.nn.LayerNorm(3) on [2, 3]', () => {
    expectNear(
      nn.layerNorm({ scale: wave(3), offset: wave(3) }, wave(2, 3)),
      [
        0.6761596190575482, 0.8194527548923611, -0.028892640735134156, 0.2852639039482107,
        -0.014219008304113972, 0.16604619447805877,
      ],
    );
  });

  test('torch.nn.BatchNorm1d(2) on [4, 2], in training and then in evaluation', () => {
    const parameters = { scale: wave(2), offset: wave(2) };
    const trained = nn.batchNormTraining(parameters, nn.initStatistics(2, 'float64'), wave(4, 2));
    expectNear(
      trained.output,
      [
        0.8238663523894704, 0.8732414731130821, 0.40329451889020024, -0.1321346577488645, -0.257299463663285,
        0.15593539477392956, 0.7130805619994073, 0.9215526435132163,
      ],
    );
    expectNear(trained.statistics.mean, [0.00850816646154268, 0.01078047099927762]);
    expectNear(trained.statistics.variance, [0.9163611099660249, 0.9189210408348795]);
    expectNear(
      nn.batchNorm(parameters, trained.statistics, wave(4, 2)),
      [
        0.6019154828641972, 0.6651663952299938, 0.4480081903333736, 0.27006773782648674, 0.20626534590406997,
        0.38327521062806885, 0.5613736783692189, 0.6841520046718257,
      ],
    );
  });

  test('Sequential(Linear(2, 3), Tanh(), Linear(3, 2)) on [2, 2]', () => {
    const layers = [
      { weights: waveT(3, 2), bias: wave(3) },
      { weights: waveT(2, 3), bias: wave(2) },
    ];
    expectNear(
      nn.mlp(layers, wave(2, 2)),
      [0.8251415322023222, 0.08424719205345194, 0.7863095310296094, 0.08101010306648015],
    );
  });

  test('the comparison rejects exchanged gates', () => {
    const exchanged = {
      ...gruParameters,
      inputBias: tensor([...wave(6).data].reverse(), { dtype: 'float64' }),
    };
    const { last } = nn.gru(exchanged, wave(2, 2), wave(3, 2, 2));
    expect(() =>
      expectNear(last, [-0.5166716182532228, -0.07006140992020166, -0.5185813097738592, 0.174]),
    ).toThrow();
  });
});

/** A GRU step for one vector in plain numbers, written from the equations. */
function plainGru(p: nn.GruParameters, h: number[], x: number[]): number[] {
  const units = h.length;
  const line = (w: Tensor, b: Tensor, v: number[], j: number) =>
    v.reduce((s, vi, i) => s + vi * w.data[i * 3 * units + j], b.data[j]);
  const sigmoid = (v: number) => 1 / (1 + Math.exp(-v));
  return h.map((hj, j) => {
    const [a, b] = [0, 1, 2].reduce<number[][]>(
      ([xs, hs], g) => [
        [...xs, line(p.inputWeights, p.inputBias, x, g * units + j)],
        [...hs, line(p.recurrentWeights, p.recurrentBias, h, g * units + j)],
      ],
      [[], []],
    );
    const z = sigmoid(a[1] + b[1]);
    const n = Math.tanh(a[2] + sigmoid(a[0] + b[0]) * b[2]);
    return (1 - z) * n + z * hj;
  });
}

describe('recurrent layers', () => {
  test('gruStep equals its equations in plain numbers, and gru its steps', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 5 }),
        fc.nat(500),
        (i, h, seed) => {
          const k = split(key(seed), 4);
          const p = {
            ...nn.initGru(at(k, 0), i, h, { dtype: 'float64' }),
            inputBias: normal(at(k, 1), [3 * h], 'float64'),
          };
          const xs = normal(at(k, 2), [3, i], 'float64');
          let state = normal(at(k, 3), [h], 'float64');
          let plain = [...state.data];
          const { states } = nn.gru(p, state, xs);
          for (let t = 0; t < 3; t++) {
            const x = at(xs, t);
            state = nn.gruStep(p, state, x);
            plain = plainGru(p, plain, [...x.data]);
            expectNear(state, plain);
            expectNear(at(states, t), plain);
          }
        },
      ),
      { seed: 6, numRuns: 30 },
    );
  });

  test('lstm equals its steps', () => {
    const xs = wave(4, 2);
    let state: nn.LstmState = { hidden: wave(2), cell: wave(2) };
    const { hiddens, last } = nn.lstm(lstmParameters, state, xs);
    for (let t = 0; t < 4; t++) {
      state = nn.lstmStep(lstmParameters, state, at(xs, t));
      expectNear(at(hiddens, t), [...state.hidden.data]);
    }
    expectNear(last.cell, [...state.cell.data]);
  });

  test('derivatives of a GRU and an LSTM over time agree with finite differences', () => {
    checkGradients((p: nn.GruParameters) => nn.gru(p, wave(2), wave(3, 2)).states, [gruParameters]);
    checkGradients(
      (p: nn.LstmParameters) => nn.lstm(p, { hidden: wave(2), cell: wave(2) }, wave(3, 2)).hiddens,
      [lstmParameters],
    );
  });

  test('compiled results are those of plain evaluation', () => {
    const run = (p: nn.GruParameters, h: Tensor) => nn.gru(p, h, wave(3, 2, 2)).states;
    expectNear(jit(run)(gruParameters, wave(2, 2)), [...run(gruParameters, wave(2, 2)).data]);
  });
});

describe('normalisations', () => {
  test('layerNorm ignores the scale and the offset of its input', () => {
    const p = nn.initNorm(4, 'float64');
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 9, noNaN: true }),
        fc.double({ min: -9, max: 9, noNaN: true }),
        (a, b) => {
          const x = wave(3, 4);
          const moved = nn.layerNorm(p, add(mul(a, x), b), { epsilon: 0 });
          expectNear(moved, [...nn.layerNorm(p, x, { epsilon: 0 }).data], 1e-11);
        },
      ),
      { seed: 7 },
    );
  });

  test('batchNormTraining gives mean zero and variance one over all axes but the last', () => {
    const { output } = nn.batchNormTraining(
      nn.initNorm(2, 'float64'),
      nn.initStatistics(2, 'float64'),
      wave(3, 4, 2),
      {
        epsilon: 0,
      },
    );
    expectNear(mean(output, [0, 1]), [0, 0], 1e-14);
    expectNear(mean(square(output), [0, 1]), [1, 1], 1e-13);
  });

  test('running statistics approach those of the data', () => {
    let statistics = nn.initStatistics(2, 'float64');
    for (let i = 0; i < 300; i++) {
      statistics = nn.batchNormTraining(nn.initNorm(2, 'float64'), statistics, wave(4, 2)).statistics;
    }
    const center = mean(wave(4, 2), 0);
    expectNear(statistics.mean, [...center.data], 1e-12);
    expectNear(
      statistics.variance,
      [...sum(square(sub(wave(4, 2), center)), 0).data].map((v) => v / 3),
      1e-12,
    );
  });

  test('derivatives go through the batch statistics', () => {
    const p = { scale: wave(2), offset: wave(2) };
    checkGradients(
      (x: Tensor) => nn.batchNormTraining(p, nn.initStatistics(2, 'float64'), x).output,
      [wave(4, 2)],
    );
    const three = { scale: wave(3), offset: wave(3) };
    checkGradients((x: Tensor) => nn.layerNorm(three, x), [wave(2, 3)]);
  });
});

test('an mlp applies its activation between layers only', () => {
  const layer = { weights: eye(2, 'float64'), bias: zeros([2], 'float64') };
  const x = tensor([-1, 2], { dtype: 'float64' });
  expect(nn.mlp([layer], x, { activation: relu }).toArray()).toEqual([-1, 2]);
  expect(nn.mlp([layer, layer], x, { activation: relu }).toArray()).toEqual([0, 2]);
});

test('errors name the function, what was expected and what came', () => {
  const p = nn.initLinear(key(0), 3, 2);
  expect(() => nn.linear(p, zeros([5, 2]))).toThrow('linear: x must have shape [..., 3]; got [5, 2]');
  expect(() => nn.initMlp(key(0), [3])).toThrow('initMlp: widths must hold at least two numbers; got [3]');
  expect(() => nn.initGru(key(0), 0, 3)).toThrow(
    'initGru: inputs must be a whole number of at least 1; got 0',
  );
  expect(() => nn.gruStep(gruParameters, zeros([3]), zeros([2]))).toThrow(
    'gruStep: x must have shape [..., 2]; got [3]',
  );
  expect(() => nn.layerNorm(nn.initNorm(3), zeros([2]))).toThrow(
    'layerNorm: x must have shape [..., 3]; got [2]',
  );
  expect(() => nn.batchNormTraining(nn.initNorm(3), nn.initStatistics(3), zeros([1, 3]))).toThrow(
    'batchNormTraining: x must hold at least two vectors; got [1, 3]',
  );
});
