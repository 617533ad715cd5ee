/** Masks as text: which cells of a score are to be made anew. */
import { UsageError } from '../errors.ts';

/**
 * Reads a mask from text: a line for each voice, the highest first, and in it a character for each step: `x` for cells
 * to be made anew, `.` for cells to keep. Spaces and `|` may separate beats and bars; empty lines do not count.
 *
 * @returns [T][I]
 */
export function maskFrom(text: string, voices: number): boolean[][] {
  const lines = text
    .split('\n')
    .map((line) => line.replaceAll(/[\s|]/g, ''))
    .filter((line) => line !== '');
  if (lines.length !== voices)
    throw new UsageError(`the mask must have a line for each of ${voices} voices; got ${lines.length} lines`);
  for (const line of lines) {
    const other = /[^x.]/.exec(line)?.[0];
    if (other !== undefined)
      throw new UsageError(`the mask must have x or . for each step; got ${JSON.stringify(other)}`);
    if (line.length !== lines[0].length)
      throw new UsageError(
        `the lines of the mask must be alike in length; got ${lines.map(({ length }) => length).join(', ')}`,
      );
  }
  return [...lines[0]].map((_, step) => lines.map((line) => line[step] === 'x'));
}
