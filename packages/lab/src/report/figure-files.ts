/** The pictures of a report as files of their own. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Section } from '../experiment.ts';
import { writeAtomically } from '../results/files.ts';
import { pngOf } from './plot.ts';

/** Writes `figures/<section>-<number>.svg` and, when asked to, `.png`. */
export async function writeFigures(
  directory: string,
  sections: readonly Section[],
  png: boolean,
): Promise<void> {
  const folder = join(directory, 'figures');
  for (const { title, figures } of sections) {
    const words = title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
    for (const [i, { svg }] of figures.entries()) {
      mkdirSync(folder, { recursive: true });
      const path = join(folder, `${words}-${i + 1}`);
      writeAtomically(`${path}.svg`, svg);
      if (png) writeAtomically(`${path}.png`, await pngOf(svg));
    }
  }
}
