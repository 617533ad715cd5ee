import {
  at,
  full,
  grad,
  key,
  mean,
  mul,
  neg,
  normal,
  stack,
  sum,
  type Tensor,
  tensor,
} from '@descant/tensor-ops';
import { checkGradients } from '@descant/tensor-ops/debug';
import { describe, expect, test } from 'vitest';
import { pairNetwork } from '../src/index.ts';
import { close, discounts, positions, small } from './support/pair-network.ts';

const swapped = (x: Tensor) => stack([at(x, 1), at(x, 0)]);

describe('pairNetwork', () => {
  test.each(['thesis', 'notebook'] as const)(
    'the encoder of the %s treats players alike unless told apart',
    (encoder) => {
      const [x, g] = [positions(1), discounts(2)];
      const network = pairNetwork({ ...small, encoder });
      const parameters = network.init(key(0), 'float64');
      const outputs = network.outputs(parameters, x, g);
      expect(outputs.shape).toEqual([2, 3, 4]);
      close(network.outputs(parameters, swapped(x), swapped(g)), swapped(outputs));
      const apart = pairNetwork({ ...small, encoder, symmetric: false });
      const told = apart.init(key(0), 'float64');
      const marked = {
        ...told,
        encoder: {
          ...told.encoder,
          players: told.encoder.players.map((_, i) =>
            normal(key(i), told.encoder.players[i].shape, 'float64'),
          ),
        },
      };
      const there = apart.outputs(marked, x, g);
      const back = swapped(apart.outputs(marked, swapped(x), swapped(g)));
      expect(there.data.some((v, i) => Math.abs(v - back.data[i]) > 1e-3)).toBe(true);
    },
  );

  test('sees the scale of its inputs, the settings, and the other player', () => {
    const network = pairNetwork({ ...small, size: 1, input: 'parameters' });
    const parameters = network.init(key(0), 'float64');
    const at0 = (x: number, y: number, g: number) =>
      network.outputs(parameters, tensor([[[x]], [[y]]], { dtype: 'float64' }), full([2, 1], g, 'float64'))
        .data[0];
    const base = at0(1, 1, 0);
    for (const other of [at0(4, 1, 0), at0(1, 4, 0), at0(1, 1, 0.9)])
      expect(Math.abs(other - base)).toBeGreaterThan(1e-3);
  });

  test('an input scale is that of the inputs', () => {
    const [x, g] = [positions(1), discounts(2)];
    const scaled = (inputScale: number) => pairNetwork({ ...small, input: 'parameters', inputScale });
    const parameters = scaled(1).init(key(0), 'float64');
    close(scaled(0.25).outputs(parameters, x, g), scaled(1).outputs(parameters, mul(0.25, x), g));
  });

  test('own derivatives are the blocks on the diagonal', () => {
    const network = pairNetwork(small);
    const parameters = network.init(key(0), 'float64');
    const [x, g] = [positions(1), discounts(2)];
    const value = (y: Tensor, ownDerivativesOnly: boolean) =>
      mean(network.outputs(parameters, y, g, { ownDerivativesOnly }), -1);
    const together = grad((y: Tensor) => sum(value(y, true)))(x);
    for (const player of [0, 1]) {
      close(at(together, player), at(grad((y: Tensor) => sum(at(value(y, false), player)))(x), player));
    }
    const crossed = grad((y: Tensor) => sum(value(y, false)))(x);
    expect(crossed.data.some((v, i) => Math.abs(v - together.data[i]) > 1e-3)).toBe(true);
  });

  test('its derivatives are those of finite differences; its last units can change sign', () => {
    const network = pairNetwork(small);
    const parameters = network.init(key(0), 'float64');
    const [x, g] = [positions(1, 1), discounts(2, 1)];
    checkGradients(
      (y: Tensor) => sum(mul(network.outputs(parameters, y, g), normal(key(9), [2, 1, 4], 'float64'))),
      [x],
    );
    const signs = full([2, 1, 6], -1, 'float64');
    close(network.hidden(parameters, x, g, { signs }), neg(network.hidden(parameters, x, g)));
    close(at(network.hidden(parameters, x, g, { players: [1] }), 0), at(network.hidden(parameters, x, g), 1));
  });

  test('refuses widths out of range', () => {
    expect(() => pairNetwork({ ...small, units: 0 })).toThrow(
      'pairNetwork: units must be a whole number of at least 1; got 0',
    );
    expect(() => pairNetwork({ ...small, residualBlocks: -1 })).toThrow(
      'pairNetwork: residualBlocks must be a whole number of at least 0; got -1',
    );
  });
});
