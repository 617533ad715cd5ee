/** Scores as MusicXML, for notation programs. */
import { ArgumentError } from '@descant/tensor-ops';
import { checkScore } from '../data/chorales.ts';
import type { Score } from '../data/score.ts';
import { REST } from '../model/input.ts';
import { escapeXml } from './xml.ts';

/** Options of `musicXml`. */
export interface MusicXmlOptions {
  readonly title?: string;
  /** Default 4: steps are sixteenths. A power of two up to 16. */
  readonly stepsPerQuarter?: number;
  /** Quarter notes in a measure; default 4. */
  readonly quartersPerMeasure?: number;
  /** Quarter notes in a minute; default 60. */
  readonly tempo?: number;
  /** Names of the parts; default Soprano, Alto, Tenor, Bass, or Voice 1, ... */
  readonly names?: readonly string[];
}

const NAMES = ['Soprano', 'Alto', 'Tenor', 'Bass'];
/** Spellings of the pitch classes: those of keys with few accidentals. */
const STEPS = ['C', 'C#', 'D', 'Eb', 'E', 'F', 'F#', 'G', 'G#', 'A', 'Bb', 'B'];
/** Names of note values, each half of the one before. */
const TYPES = ['breve', 'whole', 'half', 'quarter', 'eighth', '16th', '32nd', '64th'];

/** A stretch of one pitch within a measure. */
interface Stretch {
  readonly pitch: number;
  readonly steps: number;
  /** Whether the note began before, and goes on after. */
  readonly from: boolean;
  readonly to: boolean;
}

/** Stretches of equal pitches of a voice between two steps. */
function stretches(score: Score, voice: number, first: number, last: number): Stretch[] {
  const at = (t: number) => score[t]?.[voice] ?? REST;
  const found: Stretch[] = [];
  for (let t = first; t < last; ) {
    const pitch = at(t);
    let end = t + 1;
    while (end < last && at(end) === pitch) end++;
    const sounds = pitch !== REST;
    found.push({
      pitch,
      steps: end - t,
      from: sounds && t === first && t > 0 && at(t - 1) === pitch,
      to: sounds && end === last && end < score.length && at(end) === pitch,
    });
    t = end;
  }
  return found;
}

/** A duration as note values, longest first: each a power of two of steps, or one and a half of it. */
function values(steps: number): { steps: number; dotted: boolean }[] {
  const found: { steps: number; dotted: boolean }[] = [];
  for (let left = steps; left > 0; ) {
    const whole = 2 ** Math.floor(Math.log2(left));
    const dotted = whole > 1 && left >= 1.5 * whole;
    const length = dotted ? 1.5 * whole : whole;
    found.push({ steps: length, dotted });
    left -= length;
  }
  return found;
}

function pitchXml(pitch: number): string {
  const [step, accidental] = STEPS[pitch % 12];
  const alter = accidental === undefined ? '' : `<alter>${accidental === '#' ? 1 : -1}</alter>`;
  return `<pitch><step>${step}</step>${alter}<octave>${Math.floor(pitch / 12) - 1}</octave></pitch>`;
}

/** The notes of a stretch, tied to each other and to what comes before and after. */
function stretchXml({ pitch, steps, from, to }: Stretch, stepsPerQuarter: number): string {
  const parts = values(steps);
  return parts
    .map(({ steps: length, dotted }, i) => {
      const type = TYPES[Math.log2((8 * stepsPerQuarter) / (dotted ? length / 1.5 : length))];
      const rest = pitch === REST;
      const ties = rest
        ? []
        : [...(from || i > 0 ? ['stop'] : []), ...(to || i < parts.length - 1 ? ['start'] : [])];
      const sounds = ties.map((tie) => `<tie type="${tie}"/>`).join('');
      const signs = ties.map((tie) => `<tied type="${tie}"/>`).join('');
      return (
        `<note>${rest ? '<rest/>' : pitchXml(pitch)}<duration>${length}</duration>${sounds}<voice>1</voice>` +
        `<type>${type}</type>${dotted ? '<dot/>' : ''}${signs === '' ? '' : `<notations>${signs}</notations>`}</note>`
      );
    })
    .join('\n');
}

/**
 * A score as MusicXML 4.0: a part for each voice, notes tied over bar lines, the last measure filled with rests.
 *
 * Accidentals are spelled C#, Eb, F#, G#, Bb, whatever the key.
 *
 * @throws ArgumentError when steps or measures cannot be written.
 *
 * @example
 * ```ts
 * import { musicXml } from '@descant/coconet';
 * musicXml([[60], [60]]).includes('<type>eighth</type>'); // => true
 * ```
 */
export function musicXml(score: Score, options: MusicXmlOptions = {}): string {
  const { title = '', stepsPerQuarter = 4, quartersPerMeasure = 4, tempo = 60 } = options;
  checkScore('musicXml', 'score', score);
  if (![1, 2, 4, 8, 16].includes(stepsPerQuarter))
    throw new ArgumentError('musicXml', 'stepsPerQuarter', 'be 1, 2, 4, 8 or 16', String(stepsPerQuarter));
  if (!Number.isInteger(quartersPerMeasure) || quartersPerMeasure < 1 || quartersPerMeasure > 8)
    throw new ArgumentError(
      'musicXml',
      'quartersPerMeasure',
      'be a whole number in 1..8',
      String(quartersPerMeasure),
    );
  const measure = stepsPerQuarter * quartersPerMeasure;
  const count = Math.ceil(score.length / measure);
  const voices = score[0].length;
  const nameOf = (v: number) => escapeXml(options.names?.[v] ?? (voices === 4 ? NAMES[v] : `Voice ${v + 1}`));
  const isLow = (v: number) => {
    const sounding = score.map((frame) => frame[v]).filter((p) => p !== REST);
    return sounding.reduce((a, b) => a + b, 0) < 60 * sounding.length;
  };
  const partXml = (v: number) => {
    const clef = isLow(v) ? '<sign>F</sign><line>4</line>' : '<sign>G</sign><line>2</line>';
    const measures = Array.from({ length: count }, (_, m) => {
      const attributes =
        m > 0
          ? ''
          : `<attributes><divisions>${stepsPerQuarter}</divisions><time><beats>${quartersPerMeasure}</beats>` +
            `<beat-type>4</beat-type></time><clef>${clef}</clef></attributes><direction><sound tempo="${tempo}"/></direction>`;
      const notes = stretches(score, v, m * measure, (m + 1) * measure).map((s) =>
        stretchXml(s, stepsPerQuarter),
      );
      return `<measure number="${m + 1}">${attributes}\n${notes.join('\n')}\n</measure>`;
    });
    return `<part id="P${v + 1}">\n${measures.join('\n')}\n</part>`;
  };
  const parts = Array.from({ length: voices }, (_, v) => v);
  return `<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<score-partwise version="4.0">
<work><work-title>${escapeXml(title)}</work-title></work>
<part-list>
${parts.map((v) => `<score-part id="P${v + 1}"><part-name>${nameOf(v)}</part-name></score-part>`).join('\n')}
</part-list>
${parts.map(partXml).join('\n')}
</score-partwise>
`;
}
