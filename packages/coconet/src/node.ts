/**
 * What needs files: the chorales, checkpoints, MIDI files. Node only; all else is in the main entry.
 *
 * @module
 */
export { writeWhole } from './node/files.ts';
export { type LoadOptions, loadChorales } from './node/load-chorales.ts';
export { importMidiFolder } from './node/midi-folder.ts';
export { midiToWav, svgToPng } from './node/pictures-and-sound.ts';
