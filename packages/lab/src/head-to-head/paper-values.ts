/** Published head-to-head returns and policy shares. */

/**
 * Cooijmans 2023, thesis, tables 6.2, 6.3 and 6.4 to 6.6: the row player's return. Table cell [row][column] and its
 * mirror image [column][row] give both players' returns. "LOLA" is the form without Taylor expansion (appendix 6.B).
 */
const thesisReturns: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'IPD: naive': { naive: -1.99, 'LOLA(exact)': -1.56, MeVa: -1.98 },
  'IPD: LOLA(exact)': { naive: -1.49, 'LOLA(exact)': -1.09, MeVa: -1.08 },
  'IMP: naive': { naive: 0.0, 'LOLA(exact)': 0.02, MeVa: -0.23 },
  'IMP: LOLA(exact)': { naive: -0.02, 'LOLA(exact)': -0.02, MeVa: -0.16 },
  'Chicken: naive': { naive: 0.01, 'LOLA(exact)': -0.71, MeVa: -0.93 },
  'Chicken: LOLA(exact)': { naive: 0.7, 'LOLA(exact)': -5.32, MeVa: 0.86 },
  'IPD: MeVa': { naive: -0.57, 'LOLA(exact)': -0.98, MeVa: -1.06 },
  'IMP: MeVa': { naive: 0.23, 'LOLA(exact)': 0.16, MeVa: 0.0 },
  'Chicken: MeVa': { naive: 0.92, 'LOLA(exact)': -1.11, MeVa: -0.05 },
};

/** The returns that the thesis gives for two rules on a game; null where it gives none. */
export function thesisReturn(game: string, first: string, second: string): [number | null, number | null] {
  const of = (own: string, other: string) => thesisReturns[`${game}: ${own}`]?.[other] ?? null;
  return [of(first, second), of(second, first)];
}

/**
 * Foerster et al. 2018, slides at GTC: "Results" (R, its standard deviation and the shares, NL-Ex. and LOLA-Ex.) and, for naive against
 * LOLA, "Higher Order LOLA results". The latter gives -1.04 for LOLA against itself where "Results" gives -1.06.
 */
export const slidesValues = {
  IPD: {
    'naive vs naive': { returns: [-1.98, -1.98], deviation: 0.14, share: 20.8 },
    'naive vs LOLA(taylorFoerster)': { returns: [-1.54, -1.28], deviation: undefined, share: undefined },
    'LOLA(taylorFoerster) vs LOLA(taylorFoerster)': { returns: [-1.06, -1.06], deviation: 0.19, share: 81.0 },
  },
  IMP: {
    'naive vs naive': { returns: [0, 0], deviation: 0.37, share: 0.0 },
    'LOLA(taylorFoerster) vs LOLA(taylorFoerster)': { returns: [0, 0], deviation: 0.02, share: 98.8 },
  },
} as const;

/** "Higher Order LOLA results" of the slides: naive learning and LOLA of first and second order on IPD. */
export const higherOrderValues: readonly {
  readonly orders: readonly [number, number];
  readonly returns: readonly [number, number];
}[] = [
  { orders: [0, 0], returns: [-1.99, -1.99] },
  { orders: [0, 1], returns: [-1.54, -1.28] },
  { orders: [1, 1], returns: [-1.04, -1.04] },
  { orders: [1, 2], returns: [-1.14, -1.17] },
];
