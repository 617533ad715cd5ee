/** Where in the user's source a node was made; recorded only while debugging, because stacks are slow to take. */

let recording = false;
let inherited: string | undefined;

/** Frames of this package (its sources, or its bundle) are skipped when the user's line is looked for. */
const OWN_FRAME = /tensor-ops[/\\](src|dist)[/\\]/;

/** The line to attach to a node made now: that of the node under transformation, else the user's own. */
export function currentSource(): string | undefined {
  if (!recording) return undefined;
  if (inherited !== undefined) return inherited;
  const frames = (new Error().stack ?? '').split('\n').slice(1);
  const frame = frames.find((line) => !OWN_FRAME.test(line));
  return frame?.trim().replace(/^at /, '');
}

/** Runs `action` while nodes made keep the user's source line. */
export function recordingSources<T>(action: () => T): T {
  const before = recording;
  recording = true;
  try {
    return action();
  } finally {
    recording = before;
  }
}

/** Runs a rule of a transformation; the nodes it makes inherit the source of the node it rewrites. */
export function inheritingSource<T>(source: string | undefined, rule: () => T): T {
  if (!recording) return rule();
  const before = inherited;
  inherited = source;
  try {
    return rule();
  } finally {
    inherited = before;
  }
}
