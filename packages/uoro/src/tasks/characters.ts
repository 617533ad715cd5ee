/** Modelling the characters of a text. */
import {
  ArgumentError,
  add,
  arange,
  gather,
  oneHot,
  ones,
  randint,
  type Tensor,
  tensor,
} from '@descant/tensor-ops';
import { checkSize } from '../cells/cell.ts';
import type { Task, TaskEpisode } from './task.ts';

/** A task on a text. */
export interface CharacterTask extends Task {
  /** The characters that occur, in order of their code points: class i is character i. */
  readonly alphabet: readonly string[];
  /** The whole text but for its last character as one episode, to be learned online. */
  whole(): TaskEpisode;
}

/** Options of `characterTask`. */
export interface CharacterOptions {
  /** The length of random passages; default 28. */
  readonly length?: number;
}

/**
 * Language modelling by characters: the input is a character of a text, one-hot, the target the next one.
 *
 * @param text - At least `length` + 1 characters (Unicode code points), two of them different.
 * @throws ArgumentError when the text is too short or has one character only.
 *
 * @example
 * ```ts
 * import { characterTask } from '@descant/uoro';
 * import { key } from '@descant/tensor-ops';
 * const task = characterTask('abracadabra', { length: 4 });
 * task.alphabet.join(''); // => 'abcdr'
 * task.episode(key(0)).inputs.shape; // => [4, 5]
 * task.whole().targets.value.toArray(); // => [1, 4, 0, 2, 0, 3, 0, 1, 4, 0]
 * ```
 */
export function characterTask(text: string, options: CharacterOptions = {}): CharacterTask {
  const { length = 28 } = options;
  checkSize('characterTask', 'length', length);
  const characters = [...text];
  const alphabet = [...new Set(characters)].sort((a, b) => (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0));
  if (characters.length < length + 1 || alphabet.length < 2) {
    const received = `${characters.length} characters, ${alphabet.length} different`;
    const expected = `have at least ${length + 1} characters, two of them different`;
    throw new ArgumentError('characterTask', 'text', expected, received);
  }
  const codes = new Map(alphabet.map((character, i) => [character, i]));
  const encoded = tensor(
    characters.map((c) => codes.get(c) ?? 0),
    { dtype: 'int32' },
  );
  const size = alphabet.length;
  const passage = (positions: Tensor, steps: number, dtype: 'float32' | 'float64'): TaskEpisode => ({
    inputs: oneHot(gather(encoded, positions), size, dtype),
    targets: { value: gather(encoded, add(positions, 1)), weight: ones([steps], dtype) },
  });
  return {
    name: 'characters',
    inputs: size,
    outputs: size,
    kind: 'classes',
    length,
    alphabet,
    episode: (key, dtype = 'float32') =>
      passage(add(arange(0, length), randint(key, [], 0, characters.length - length)), length, dtype),
    whole: () => passage(arange(0, characters.length - 1), characters.length - 1, 'float32'),
  };
}
