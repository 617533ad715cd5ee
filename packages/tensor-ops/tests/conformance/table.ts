/** The conformance table: one row or more for every operation. Every test of this folder runs over it. */
import { CONVOLUTIONS } from './convolutions.ts';
import { ELEMENTWISE } from './elementwise.ts';
import { PRODUCTS } from './products.ts';
import { REDUCTIONS } from './reductions.ts';
import type { Row } from './row.ts';
import { SHAPES } from './shapes.ts';
import { SORTING } from './sorting.ts';

export const TABLE: readonly Row[] = [
  ...ELEMENTWISE,
  ...REDUCTIONS,
  ...SHAPES,
  ...SORTING,
  ...PRODUCTS,
  ...CONVOLUTIONS,
];
