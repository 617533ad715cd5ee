/** Saying beforehand how long training will take on this machine. */
import { type Game, type MetaValuePreset, metaValueTraining } from '@descant/autodiff-games';
import { key } from '@descant/tensor-ops';

/** The processor time of one outer loop, measured on the second of two. */
function secondsPerLoop<P>(game: Game<P>, settings: MetaValuePreset): number {
  const training = metaValueTraining(game, settings);
  const { state } = training.run(training.init(key(0)));
  const before = process.cpuUsage();
  training.run(state);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/** How long it takes to train so many models. */
export function announceTraining<P>(game: Game<P>, settings: MetaValuePreset, models: number): string {
  if (models === 0) return 'All models are trained.';
  const { outerLoops } = settings;
  const each = secondsPerLoop(game, settings) * outerLoops;
  const minutes = (seconds: number) => (seconds / 60).toFixed(1);
  return (
    `${models} models to train, ${outerLoops} outer loops each: about ${minutes(each)} minutes of processor time a model, ` +
    `${minutes(each * models)} in all. Ctrl-C keeps what is trained; --resume goes on, also with more models (--set models=10).`
  );
}
