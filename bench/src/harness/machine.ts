/** Where the measurements were taken. */
import { availableParallelism, cpus, loadavg } from 'node:os';

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly platform: string;
}

export function machine(): Machine {
  const [first] = cpus();
  return {
    processor: first?.model.trim() || 'unknown',
    cores: availableParallelism(),
    platform: `${process.platform} ${process.arch}`,
  };
}

/** Mean number of running processes over the last minute, this bench included. */
export function load(): number {
  return loadavg()[0];
}
