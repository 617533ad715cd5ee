import { readFileSync } from 'node:fs';
import {
  bilinearGame,
  cgd,
  consensus,
  extragradient,
  type Game,
  hola,
  iteratedGame,
  logisticGame,
  lola,
  lookAhead,
  lss,
  naive,
  type Rule,
  sga,
  sos,
  tandemGame,
} from '@descant/autodiff-games';

/** One play of a reference game: see `conventions` in vectors/games.json. */
export interface ReferencePoint {
  readonly x: readonly (readonly number[])[];
  readonly values: readonly number[];
  readonly jacobians: readonly (readonly number[])[];
  readonly simultaneousGradient: readonly number[];
  readonly hessian: readonly (readonly number[])[];
  /** By rule; null where LSS meets a singular Hessian. */
  readonly directions: Readonly<Record<string, readonly number[] | null>>;
  readonly sos: { readonly p: number };
  readonly ipoEq6: {
    readonly alpha: number;
    readonly beta: number;
    readonly delta_theta_as_printed: readonly number[];
    readonly delta_phi_as_printed: readonly number[];
    readonly delta_theta_correct: readonly number[];
    readonly delta_phi_correct: readonly number[];
  };
}

export interface ReferenceGame {
  readonly id: string;
  readonly kind: 'iterated_matrix' | 'logistic' | 'tandem' | 'bilinear';
  readonly alpha: number;
  readonly consensusGamma: number;
  readonly payoffs?: readonly (readonly number[])[];
  readonly perspective?: 'own' | 'joint';
  readonly normalised?: boolean;
  readonly discount?: number;
  readonly matrix?: readonly (readonly number[])[];
  readonly points: readonly ReferencePoint[];
}

interface ReferenceTrajectory {
  readonly game: string;
  readonly rule: string;
  readonly alpha: number;
  readonly eta: number;
  readonly startPoint: number;
  readonly x: readonly (readonly number[])[];
}

interface Reference {
  readonly games: readonly ReferenceGame[];
  readonly trajectories: readonly ReferenceTrajectory[];
}

/** Values computed in float64 by the authors' code and by line-by-line ports of it; `origin` in the file says which. */
export const reference: Reference = JSON.parse(
  readFileSync(new URL('../vectors/games.json', import.meta.url), 'utf8'),
);

/** The game of this package that a reference game describes. */
export function gameOf(g: ReferenceGame): Game {
  switch (g.kind) {
    case 'iterated_matrix':
      return iteratedGame({
        name: g.id,
        payoffs: g.payoffs ?? [],
        discount: g.discount ?? Number.NaN,
        perspective: g.perspective ?? 'own',
        normalised: g.normalised ?? true,
      });
    case 'logistic':
      return logisticGame();
    case 'tandem':
      return tandemGame();
    case 'bilinear':
      return bilinearGame(g.matrix === undefined ? {} : { matrix: g.matrix });
  }
}

/** The rules of the reference file, by the names used there. */
export const ruleOf: Readonly<Record<string, (alpha: number, consensusGamma: number) => Rule>> = {
  naive: () => naive(),
  lookahead_taylor: (alpha) => lookAhead({ kind: 'taylor', opponentRate: alpha }),
  lookahead_exact: (alpha) => lookAhead({ kind: 'exact', opponentRate: alpha }),
  lola_taylor_foerster: (alpha) => lola({ kind: 'taylorFoerster', opponentRate: alpha }),
  lola_taylor_full: (alpha) => lola({ kind: 'taylorFull', opponentRate: alpha }),
  lola_exact: (alpha) => lola({ kind: 'exact', opponentRate: alpha }),
  hola2_exact: (alpha) => hola({ order: 2, opponentRate: alpha }),
  hola3_exact: (alpha) => hola({ order: 3, opponentRate: alpha }),
  cgd: (alpha) => cgd({ ownRate: alpha }),
  sos: (alpha) => sos({ opponentRate: alpha }),
  consensus: (_, weight) => consensus({ weight }),
  sga_lambda1: () => sga({ adjustment: 1 }),
  sga_aligned: () => sga({ adjustment: 'aligned' }),
  extragradient: (alpha) => extragradient({ extrapolationRate: alpha }),
  lss: () => lss(),
};
