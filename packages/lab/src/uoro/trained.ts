/** What trainings with several settings come to: the losses in the end, and their differences seed by seed. */
import type { Finding } from '../experiment.ts';
import type { Row } from '../results/schema.ts';
import { summarise } from '../statistics.ts';

/** A training with one setting; trainings with the same seed begin alike. */
export interface Trained extends Finding {
  readonly setting: string;
  readonly seed: number;
  readonly losses: readonly number[];
}

/** The runs of each setting that has any, in the order of the names. */
export const bySetting = <T extends Trained>(names: readonly string[], findings: readonly T[]) =>
  names
    .map((name) => ({ name, runs: findings.filter(({ setting }) => setting === name) }))
    .filter(({ runs }) => runs.length > 0);

/** The mean loss of the last fifth of a run. */
const finalLoss = ({ losses }: Trained): number => {
  const last = losses.slice(Math.floor((4 * losses.length) / 5));
  return last.reduce((sum, loss) => sum + loss, 0) / last.length;
};

function row(name: string, values: readonly number[]): Row {
  const { mean, standardError, n } = summarise(values);
  return { name, paper: null, measured: mean, standardError, n, unit: 'nats a step' };
}

/**
 * The final loss of each setting (`period` says of which steps), and for pairs of settings how much more the second loses
 * than the first, over the seeds that both have.
 */
export function lossRows(
  names: readonly string[],
  pairs: readonly (readonly [better: string, worse: string])[],
  period: string,
  findings: readonly Trained[],
): Row[] {
  const losses = bySetting(names, findings).map(({ name, runs }) =>
    row(`${name}: loss, ${period}`, runs.map(finalLoss)),
  );
  const final = (setting: string) =>
    new Map(findings.filter((run) => run.setting === setting).map((run) => [run.seed, finalLoss(run)]));
  const differences = pairs.flatMap(([better, worse]) => {
    const least = final(better);
    const each = [...final(worse)].flatMap(([seed, loss]) => {
      const other = least.get(seed);
      return other === undefined ? [] : [loss - other];
    });
    return each.length > 0 ? [row(`${worse} loses more than ${better}, same seeds`, each)] : [];
  });
  return [...losses, ...differences];
}
