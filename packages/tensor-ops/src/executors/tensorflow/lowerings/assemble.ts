/** Blocks on a filled background: put one after the other along an axis, or each padded and laid over the others. */
import type { Shape } from '../../../shape.ts';
import type { Tensor } from '../../../tensor.ts';
import { fill, type Handle, type Runtime } from '../runtime.ts';
import { select } from './elementwise.ts';
import type { Lowering } from './lowering.ts';

interface Block {
  readonly value: Handle;
  readonly begin: readonly number[];
}

export const lowerAssemble: Lowering<'assemble'> = (r, node, inputs) => {
  const blocks = inputs.map((value, i) => ({ value, begin: node.attributes.begins[i] }));
  const { shape, dtype } = node;
  const background = node.attributes.fill;
  if (blocks.length === 1) return padded(r, blocks[0], shape, background, dtype);
  const axis = shape.findIndex((_, candidate) =>
    blocks.every(({ value }) => value.shape.every((length, d) => d === candidate || length === shape[d])),
  );
  return axis >= 0 ? joined(r, blocks, axis, shape[axis], background, dtype) : overlaid(r, node, blocks);
};

/** Blocks that differ along one axis only, with the fill in the gaps. */
export function joined(
  r: Runtime,
  blocks: readonly Block[],
  axis: number,
  length: number,
  background: number,
  dtype: string,
): Handle {
  const pieces: Handle[] = [];
  let end = 0;
  const fillUpTo = (next: number, like: Shape) => {
    if (next === end) return;
    const shape = like.map((n, d) => (d === axis ? next - end : n));
    pieces.push(fill(r, shape, background, dtype));
  };
  for (const { value, begin } of [...blocks].sort((a, b) => a.begin[axis] - b.begin[axis])) {
    fillUpTo(begin[axis], value.shape);
    pieces.push(value);
    end = begin[axis] + value.shape[axis];
  }
  fillUpTo(length, blocks[0].value.shape);
  return pieces.length === 1 ? pieces[0] : r.tf.concat(pieces, axis);
}

/** One block with the fill around it. (The wasm backend's own padding is wrong from five axes on.) */
const padded = (
  r: Runtime,
  { value, begin }: Block,
  shape: Shape,
  background: number,
  dtype: string,
): Handle =>
  shape.reduce((x, length, axis) => joined(r, [{ value: x, begin }], axis, length, background, dtype), value);

/** Each block, padded to the whole, chosen where it lies. */
function overlaid(r: Runtime, node: Tensor<'assemble'>, blocks: readonly Block[]): Handle {
  const { shape, dtype } = node;
  const background = node.attributes.fill;
  return blocks.reduce(
    (below, block) => {
      const inside = { value: fill(r, block.value.shape, 1, 'bool'), begin: block.begin };
      const here = padded(r, inside, shape, 0, 'bool');
      return select(r, here, padded(r, block, shape, background, dtype), below);
    },
    fill(r, shape, background, dtype),
  );
}
