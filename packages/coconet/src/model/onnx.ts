/** Networks for other runtimes. */
import { ArgumentError, type Tensor, zeros } from '@descant/tensor-ops';
import { toOnnx } from '@descant/tensor-ops/onnx';
import { networkInput, pianoRolls } from './input.ts';
import type { Coconet } from './model.ts';
import { coconet, logProbabilities } from './network.ts';

/** The fixed sizes of an exported network. */
export interface ExportOptions {
  /** T. */
  readonly steps: number;
  /** B; default 1. */
  readonly batch?: number;
}

/**
 * A network as the bytes of an ONNX file.
 *
 * Inputs: `pitches`, int32 [B, T, I], MIDI numbers or -1, and `known`, float32 [B, T, I], 1 for known cells. Output:
 * `logProbabilities`, float32 [B, T, P, I].
 *
 * @throws ArgumentError when a size is not a whole number of at least 1.
 *
 * @example
 * ```ts
 * import { describe, exportOnnx, initParameters, initPopulation } from '@descant/coconet';
 * import { key } from '@descant/tensor-ops';
 * const description = describe({ layers: 4, channels: 4 });
 * const model = { description, parameters: initParameters(key(0), description), statistics: initPopulation(description) };
 * new TextDecoder().decode(exportOnnx(model, { steps: 8 })).includes('logProbabilities'); // => true
 * ```
 */
export function exportOnnx(model: Coconet, { steps, batch = 1 }: ExportOptions): Uint8Array {
  for (const [name, value] of Object.entries({ steps, batch }))
    if (!Number.isInteger(value) || value < 1)
      throw new ArgumentError('exportOnnx', name, 'be a whole number of at least 1', String(value));
  const { description, parameters, statistics } = model;
  const shape = [batch, steps, description.instruments];
  return toOnnx(
    (pitches: Tensor, known: Tensor) =>
      logProbabilities(
        coconet(description, parameters, statistics, networkInput(pianoRolls(description, pitches), known)),
      ),
    [zeros(shape, 'int32'), zeros(shape)],
    { inputs: ['pitches', 'known'], outputs: 'logProbabilities' },
  );
}
