/** The values of a concrete tensor that lie in the memory of a TensorFlow.js backend until somebody reads them. */
import { allocate, type DType, type TypedArray } from '../../dtype.ts';
import { ArgumentError } from '../../errors.ts';
import { Tensor } from '../../tensor.ts';
import { type Handle, type Runtime, readNow, upload } from './runtime.ts';

/** Gives the memory of tensors back that nobody refers to any more. */
const forgotten = new FinalizationRegistry<Handle>((handle) => handle.dispose());

/** What was read from the device, in the storage of its dtype (backends label numbers more loosely). */
export function stored(data: ArrayLike<number>, dtype: DType): TypedArray {
  const out = allocate(dtype, data.length);
  out.set(data);
  return out;
}

/** In place of a constant's attributes: `data` reads the device, once. */
export class DeviceData {
  private readonly runtime: Runtime;
  private readonly dtype: DType;
  private readonly device: Handle;
  private host: TypedArray | undefined;

  constructor(runtime: Runtime, device: Handle, dtype: DType) {
    this.runtime = runtime;
    this.device = device;
    this.dtype = dtype;
    forgotten.register(this, device, this);
  }

  /** The tensor of TensorFlow.js; an error once it is disposed of. */
  get handle(): Handle {
    if (this.device.isDisposed) {
      throw new ArgumentError('dispose', 'tensor', 'not be used afterwards', 'a tensor that was disposed of');
    }
    return this.device;
  }

  get data(): TypedArray {
    const { handle } = this;
    this.host ??= stored(readNow(this.runtime, handle), this.dtype);
    return this.host;
  }

  /** Like `data`, without blocking, for backends that can only be read so. */
  async read(): Promise<TypedArray> {
    const { handle } = this;
    this.host ??= stored(await handle.data(), this.dtype);
    return this.host;
  }

  dispose(): void {
    forgotten.unregister(this);
    this.device.dispose();
    this.host = undefined;
  }
}

/** The device's part of a tensor, if it has one. */
export const deviceDataOf = (x: Tensor): DeviceData | undefined =>
  x.is('constant') && x.attributes instanceof DeviceData ? x.attributes : undefined;

/** A concrete tensor around a handle that is its own. */
export function deviceTensor(r: Runtime, handle: Handle, like: Pick<Tensor, 'shape' | 'dtype'>): Tensor {
  const { shape, dtype } = like;
  return new Tensor<'constant'>('constant', [], new DeviceData(r, handle, dtype), [...shape], dtype);
}

/** A concrete tensor's handle: its own, or a copy of its values, which the caller disposes of. */
export function handleOf(r: Runtime, x: Tensor): { handle: Handle; own: boolean } {
  const device = deviceDataOf(x);
  if (device) return { handle: device.handle, own: true };
  return { handle: upload(r, x.data, x.shape, x.dtype), own: false };
}
