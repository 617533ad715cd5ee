/** Writes a program's outputs: from the loop that stacks them where possible, otherwise element by element. */
import { offsets, type Shape, sizeOf } from '../../shape.ts';
import type { Buffer, Region } from './region.ts';
import type { ScalarDag } from './scalar-dag.ts';
import { idsOf, type Shaped, type View } from './values.ts';

/** `strides` are those of the output in memory, for the axes of the shape in one lane. */
export function writeOutput(
  dag: ScalarDag,
  source: Shaped,
  buffer: Buffer,
  strides: readonly number[],
): void {
  const { shape, value } = source;
  if (value.kind === 'view' && storeInLoop(dag, value, shape, buffer, strides)) return;
  const places = offsets(shape, strides);
  idsOf(dag, source).forEach((id, i) => {
    dag.root.stores.push({ value: id, destinations: [{ buffer, offset: places[i], terms: [] }] });
  });
}

/**
 * Lets the outermost loop that stacks a tensor store it in the output as well, when the output is the stacked
 * tensor with at most its axes in another order. Returns whether it is.
 */
function storeInLoop(
  dag: ScalarDag,
  view: View,
  shape: Shape,
  output: Buffer,
  strides: readonly number[],
): boolean {
  const { producer } = view.buffer;
  if (producer?.kind !== 'loop' || producer.loop.parent !== dag.root) return false;
  const { loop } = producer;
  if (view.terms.length > 0 || view.offset !== 0 || sizeOf(shape) !== view.buffer.length) return false;
  const size = view.buffer.length / loop.length;
  const time = shape.findIndex((d, axis) => d === loop.length && (view.strides[axis] === size || d === 1));
  if (time < 0) return false;
  const others = shape.map((_, axis) => axis).filter((axis) => axis !== time);
  const rest = others.map((axis) => shape[axis]);
  const from = offsets(
    rest,
    others.map((axis) => view.strides[axis]),
  );
  const to = offsets(
    rest,
    others.map((axis) => strides[axis]),
  );
  if (from.some((at) => at >= size) || new Set(from).size !== size) return false;
  const placeOf = new Map(Array.from(from, (at, i) => [at, to[i]]));
  dag.root.loops.push(producer);
  addDestinations(loop, view.buffer, placeOf, output, strides[time]);
  return true;
}

function addDestinations(
  loop: Region,
  stacked: Buffer,
  placeOf: ReadonlyMap<number, number>,
  output: Buffer,
  stride: number,
): void {
  for (const { destinations } of loop.stores) {
    const own = destinations.find(({ buffer }) => buffer === stacked);
    const place = own && placeOf.get(own.offset);
    if (place !== undefined)
      destinations.push({ buffer: output, offset: place, terms: [{ region: loop, stride }] });
  }
}
