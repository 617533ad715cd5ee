/** Experiments on learning in games: run them, read their results, define your own. */

export { checkGame, checkRule } from '@descant/autodiff-games';
export { UsageError } from './errors.ts';
export {
  defineExperiment,
  type Experiment,
  type ExperimentDefinition,
  type Finding,
  type Plan,
  type Section,
  type Task,
  type TaskContext,
  type TaskDefinition,
} from './experiment.ts';
export { experiments, findExperiment } from './experiments/registry.ts';
export { pngOf, svgOf } from './report/plot.ts';
export { type Comparison, compareResults, type Difference } from './results/compare.ts';
export { writeAtomically } from './results/files.ts';
export {
  descriptionSchema,
  type Metric,
  parseResults,
  type Results,
  type Row,
  type RunDescription,
  resultsSchema,
  rowSchema,
} from './results/schema.ts';
export { type Run, type StartOptions, startRun } from './run/start-run.ts';
export { quantile, type Summary, summarise } from './statistics.ts';
