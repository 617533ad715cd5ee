/** Loops whose number of steps is known only when they have run; `scan`, `fori` and `cond` are in the main entry. */

export { whileLoop } from './while-loop.ts';
