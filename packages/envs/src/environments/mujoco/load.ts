/** MuJoCo itself, an optional peer: loaded when the first robot is made. */
import { ArgumentError } from '@descant/tensor-ops';
import type { MainModule } from '@mujoco/mujoco';
import { Simulator } from './simulator.ts';

let loaded: Promise<MainModule> | undefined;

/** One per model: instances keep their states themselves, so that no number of them needs more memory of MuJoCo's. */
const simulators = new Map<string, Simulator>();

async function loadMujoco(fn: string): Promise<MainModule> {
  let start: typeof import('@mujoco/mujoco').default;
  try {
    start = (await import('@mujoco/mujoco')).default;
  } catch (cause) {
    const expected = 'be installed (npm install @mujoco/mujoco@3.14.0)';
    const error = new ArgumentError(fn, 'the package @mujoco/mujoco', expected, String(cause));
    error.cause = cause;
    throw error;
  }
  loaded ??= start().catch((cause) => {
    // Not remembered: a file that could not be fetched may come at the next call.
    loaded = undefined;
    throw cause;
  });
  return loaded;
}

/** The simulator of a model in MJCF, the same one at every call. */
export async function loadSimulator(fn: string, mjcf: string): Promise<Simulator> {
  const mujoco = await loadMujoco(fn);
  let simulator = simulators.get(mjcf);
  if (simulator === undefined) {
    simulator = new Simulator(mujoco, mjcf);
    simulators.set(mjcf, simulator);
  }
  return simulator;
}
