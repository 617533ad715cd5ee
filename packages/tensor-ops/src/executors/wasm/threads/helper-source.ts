/** The program of a helper thread, as text: it has to run from any bundle, in Node and in browsers. */
import { erf } from '../../../math/erf.ts';
import { SPIN_MILLISECONDS, WORD } from './protocol.ts';

/** The words by their names in the text below. */
const words = Object.entries(WORD)
  .map(([name, index]) => `${name} = ${index}`)
  .join(', ');

/**
 * The text. `erf` uses nothing outside of itself; the other imports of compiled programs are functions of `Math`.
 *
 * A helper sleeps in `help`, where it cannot receive messages: it leaves when there are more than it has seen, and
 * comes back when it has read all of them. Forgotten programs leave memory that the engine does not count; allocating
 * as much makes it look for garbage.
 */
export const helperSource = (): string => `'use strict';
const { load, add, sub, wait, notify, pause } = Atomics;
const ${words};
const node = globalThis.process?.getBuiltinModule?.('node:worker_threads');
const port = node ? node.parentPort : self;
const host = { sin: Math.sin, cos: Math.cos, power: Math.pow, erf: ${erf}, fork() {} };
const programs = new Map();
let control, thread, received = 0;

const work = () => {
  const job = programs.get(load(control, program));
  if (!job || thread >= job.threads) return;
  const run = job.exports[load(control, region)];
  const end = load(control, chunks);
  try {
    for (let chunk; (chunk = add(control, next, 1)) < end; ) run(chunk, thread);
  } catch (error) {
    add(control, failed, 1);
    port.postMessage(String(error));
  }
};

const help = () => {
  for (;;) {
    const seen = load(control, epoch);
    if (received !== load(control, messages)) return;
    add(control, active, 1);
    if (load(control, open)) work();
    if (sub(control, active, 1) === 1 && load(control, waiting)) notify(control, active);
    const end = performance.now() + ${SPIN_MILLISECONDS};
    for (let looks = 1; load(control, epoch) === seen; looks++) {
      if (looks % 64 || performance.now() < end) pause?.call(Atomics);
      else {
        add(control, sleeping, 1);
        wait(control, epoch, seen);
        sub(control, sleeping, 1);
      }
    }
  }
};

const receive = (message) => {
  if (message.kind === 'start') {
    control = new Int32Array(message.control);
    thread = message.thread;
    port.postMessage('');
  } else {
    received++;
    try {
      if (message.kind === 'forget') {
        programs.delete(message.id);
        new ArrayBuffer(message.bytes);
      } else {
        const imports = { host: { ...host, memory: message.memory } };
        const { exports } = new WebAssembly.Instance(message.module, imports);
        programs.set(message.id, { exports, threads: message.threads });
      }
    } catch (error) {
      port.postMessage(String(error));
    }
  }
  if (received === load(control, messages)) help();
};

if (node) port.on('message', receive);
else port.onmessage = ({ data }) => receive(data);
`;
