/** Options that all head-to-head experiments have. */
import { z } from 'zod';

export const headToHeadOptions = {
  /** Pairs of learners in each cell; a standard error needs two. */
  pairs: z.int().min(2).max(1_000_000).default(1024),
  steps: z.int().min(1).max(1_000_000).default(500),
  precision: z.enum(['float32', 'float64']).default('float64'),
};
