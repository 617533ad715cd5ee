/** The rules of MATRL's table 1, with its numbers. */
import { iga, igaPp, matrl, matrlReleased, type UpdateRule, wolfIga } from '@descant/autodiff-games';
import { at, stack, type Tensor } from '@descant/tensor-ops';

/** A row of the table: the rule of each player in a game with the given equilibrium, and its rate of learning. */
export interface Entry {
  readonly name: string;
  readonly rules: (equilibrium: Tensor) => readonly UpdateRule[];
  readonly learningRate: number;
  /** Convergence rate and mean steps of the three types. */
  readonly paper?: readonly (readonly [rate: number, steps: number])[];
}

const both =
  (rule: UpdateRule): (() => UpdateRule[]) =>
  () => [rule, rule];
const matrlPaper = [
  [0.99, 86.54],
  [0.9825, 75.52],
  [0.846, 369.4],
] as const;

/** The rates of table 2 and, where it has none, of the released code. */
export const entries: readonly Entry[] = [
  {
    name: 'IGA',
    rules: both(iga()),
    learningRate: 0.02,
    paper: [
      [0.99, 140.67],
      [0.975, 88.95],
      [0.78, 452.92],
    ],
  },
  {
    name: 'IGA-PP',
    rules: both(igaPp({ predictionLength: 0.01 })),
    learningRate: 0.02,
    paper: [
      [0.99, 138.56],
      [0.975, 83.11],
      [0.809, 432.98],
    ],
  },
  { name: 'MATRL', rules: both(matrl({ predictionRate: 0.02 })), learningRate: 0.03, paper: matrlPaper },
  {
    name: 'MATRL(released)',
    rules: both(matrlReleased({ predictionRate: 0.02, divergenceWeight: 100 })),
    learningRate: 0.03,
    paper: matrlPaper,
  },
  {
    name: 'WoLF',
    rules: (equilibrium) =>
      [0, 1].map((i) => wolfIga({ equilibrium: stack([at(equilibrium, i)]), losingFactor: 6 })),
    learningRate: 0.01,
  },
];
