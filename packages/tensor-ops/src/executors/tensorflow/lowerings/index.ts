/** All lowerings by primitive. */
import { lowerAssemble } from './assemble.ts';
import { lowerCast } from './cast.ts';
import { lowerCond, lowerLoop, lowerWhile } from './control.ts';
import { lowerConv2d } from './conv2d.ts';
import { lowerElementwise } from './elementwise.ts';
import { lowerGather, lowerScatterAdd } from './indexing.ts';
import type { Lowerings } from './lowering.ts';
import { lowerMatmul } from './matmul.ts';
import { lowerArgmax, lowerCumsum, lowerReduce } from './reductions.ts';
import { lowerBroadcast, lowerReshape, lowerSlice, lowerTranspose } from './shapes.ts';
import { lowerSolve } from './solve.ts';
import { lowerSort } from './sort.ts';

export const LOWERINGS: Lowerings = {
  single: {
    elementwise: lowerElementwise,
    cast: lowerCast,
    broadcast: lowerBroadcast,
    reshape: lowerReshape,
    transpose: lowerTranspose,
    slice: lowerSlice,
    assemble: lowerAssemble,
    reduce: lowerReduce,
    matmul: lowerMatmul,
    gather: lowerGather,
    scatterAdd: lowerScatterAdd,
    argmax: lowerArgmax,
    cumsum: lowerCumsum,
    conv2d: lowerConv2d,
    solve: lowerSolve,
    sort: lowerSort,
  },
  multi: { loop: lowerLoop, while: lowerWhile, cond: lowerCond },
};
