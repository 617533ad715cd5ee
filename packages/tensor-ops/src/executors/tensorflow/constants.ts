/** The constants of a program in the device's memory, put there once. */
import { allocate, type TypedArray } from '../../dtype.ts';
import { constant } from '../../ir/build.ts';
import { primitiveOf } from '../../primitives/index.ts';
import { sizeOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { DeviceData } from './device-data.ts';
import { type Handle, type Runtime, upload } from './runtime.ts';

/** True for results that depend on no value: those without elements, and those of operands without elements. */
export const isFixed = (node: Tensor): boolean =>
  node.inputs.length > 0 && (node.size === 0 || node.inputs.some((x) => x.size === 0));

function fixedValue(node: Tensor): TypedArray {
  if (node.size === 0) return allocate(node.dtype, 0);
  const zeros = node.inputs.map((x) => constant(allocate(x.dtype, sizeOf(x.shape)), x.shape, x.dtype));
  return primitiveOf(node.op).evaluate(zeros, node.attributes, node.shape, node.dtype);
}

export class Constants {
  private readonly runtime: Runtime;
  private readonly handles = new Map<Tensor, Handle>();

  constructor(runtime: Runtime) {
    this.runtime = runtime;
  }

  /** The handle of a constant or of a fixed result; it stays until `dispose`. */
  get(node: Tensor): Handle {
    let handle = this.handles.get(node);
    if (!handle) {
      handle = this.runtime.tf.keep(this.make(node));
      this.handles.set(node, handle);
    }
    return handle;
  }

  dispose(): void {
    for (const handle of this.handles.values()) handle.dispose();
    this.handles.clear();
  }

  private make(node: Tensor): Handle {
    if (isFixed(node)) return upload(this.runtime, fixedValue(node), node.shape, node.dtype);
    if (!node.is('constant')) throw new Error(`internal: ${node.op} has no value on the device`);
    const { attributes, shape, dtype } = node;
    if (attributes instanceof DeviceData) return this.runtime.tf.clone(attributes.handle);
    return upload(this.runtime, attributes.data, shape, dtype);
  }
}
