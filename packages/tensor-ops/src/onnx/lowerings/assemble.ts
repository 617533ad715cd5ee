/** Blocks on a filled background: Concat where they follow each other along an axis, else Pad and Where. */
import type { Shape } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import type { GraphBuilder, Value } from '../builder.ts';
import type { Lowering } from './lowering.ts';

interface Block {
  readonly value: Value;
  readonly shape: Shape;
  readonly begin: readonly number[];
}

export const lowerAssemble: Lowering<'assemble'> = (g, node, inputs) => {
  const blocks = inputs.map((value, i) => ({
    value,
    shape: node.inputs[i].shape,
    begin: node.attributes.begins[i],
  }));
  if (blocks.length === 1) return padded(g, node, blocks[0]);
  const axis = node.shape.findIndex((_, candidate) =>
    blocks.every(({ shape }) => shape.every((length, d) => d === candidate || length === node.shape[d])),
  );
  return axis >= 0 ? joined(g, node, blocks, axis) : overlaid(g, node, blocks);
};

const fillOf = (g: GraphBuilder, node: Tensor<'assemble'>): Value =>
  g.scalar(node.attributes.fill, node.dtype);

/** The zeros before and after a block along each axis, as Pad takes them. */
const margins = (node: Tensor, { shape, begin }: Block): number[] => [
  ...begin,
  ...begin.map((b, d) => node.shape[d] - b - shape[d]),
];

/** One block with the fill around it. */
const padded = (g: GraphBuilder, node: Tensor<'assemble'>, block: Block): Value =>
  g.op('Pad', [block.value, g.integers(margins(node, block)), fillOf(g, node)]);

/** Blocks along one axis, with the fill in the gaps. */
function joined(g: GraphBuilder, node: Tensor<'assemble'>, blocks: readonly Block[], axis: number): Value {
  const pieces: Value[] = [];
  let end = 0;
  const fillUpTo = (next: number) => {
    if (next === end) return;
    const shape = node.shape.map((length, d) => (d === axis ? next - end : length));
    pieces.push(g.expand(fillOf(g, node), [], shape));
  };
  for (const { value, begin, shape } of [...blocks].sort((a, b) => a.begin[axis] - b.begin[axis])) {
    fillUpTo(begin[axis]);
    pieces.push(value);
    end = begin[axis] + shape[axis];
  }
  fillUpTo(node.shape[axis]);
  return g.op('Concat', pieces, { axis });
}

/** Each block, padded to the whole, chosen where it lies. */
function overlaid(g: GraphBuilder, node: Tensor<'assemble'>, blocks: readonly Block[]): Value {
  const outside = g.scalar(0, 'bool');
  return blocks.reduce(
    (below, block) => {
      const here = g.op('Pad', [
        g.expand(g.scalar(1, 'bool'), [], block.shape),
        g.integers(margins(node, block)),
        outside,
      ]);
      return g.where(here, padded(g, node, block), below, node.dtype);
    },
    fillOf(g, node),
  );
}
