import { readFileSync } from 'node:fs';

type Matrix = readonly (readonly number[])[];

/** The parts of vectors/envs-marl.json about matrix games, whose authors' code was run; see the file. */
export interface MatrixVectors {
  readonly games2x2: {
    readonly games: Readonly<
      Record<string, { readonly A: Matrix; readonly B: Matrix; readonly nash: readonly Matrix[] }>
    >;
  };
  readonly cgd_bilinear: {
    readonly traces: readonly {
      readonly lr: number;
      readonly method: 'SimGA' | 'CGD';
      readonly start: readonly number[];
      readonly 'rows[t,theta,phi]': Matrix;
    }[];
  };
  readonly matrl_matrix_games: {
    readonly games: readonly {
      readonly type: string;
      readonly seed: number;
      readonly A: Matrix;
      readonly B: Matrix;
      readonly nash_p0_q0: Matrix;
      readonly converged_step: Readonly<Record<'iga' | 'iga_pp' | 'wolf' | 'matrl_repo', number>>;
      readonly first8: {
        readonly 'iga(incl. init)': Matrix;
        readonly 'iga_pp(incl. init)': Matrix;
        readonly 'matrl_repo(after step1..8)': Matrix;
      };
    }[];
  };
  readonly matrl_exact_meta_games: {
    readonly cases: readonly {
      readonly game: string;
      readonly pi: readonly number[];
      readonly 'pi_hat(lr .02)': readonly number[];
      readonly 'meta_A(row0=current,row1=predicted)': Matrix;
      readonly meta_B: Matrix;
      readonly meta_nash: readonly Matrix[];
    }[];
  };
}

export const matrixVectors: MatrixVectors = JSON.parse(
  readFileSync(new URL('../vectors/matrix-games.json', import.meta.url), 'utf8'),
);
