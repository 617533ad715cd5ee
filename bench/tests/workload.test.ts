import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { ParticipantCommand } from '../src/harness/participant.ts';
import { measureWorkload, startParticipants, type WorkloadCase } from '../src/harness/workload.ts';
import { peers } from '../src/peers.ts';

const fixture = fileURLToPath(new URL('./fixtures/doubling.ts', import.meta.url));
const timing = { rounds: 2, milliseconds: 5, warmMilliseconds: 1 };
const one: WorkloadCase = {
  label: 'doubling',
  parameters: { batch: 2 },
  inputs: [[1, -3]],
  tolerances: { afterOneStep: 1e-6, afterOneRun: 1e-6 },
};

function doubling(name: string, manner: string): ParticipantCommand {
  return { name, program: process.execPath, args: [fixture, manner], install: 'npm i doubling' };
}

async function started(...commands: ParticipantCommand[]) {
  const lines: string[] = [];
  const present = await startParticipants(commands, (line) => lines.push(line));
  onTestFinished(() => {
    for (const { participant } of present) participant.close();
  });
  return { present, lines };
}

const names = (present: Awaited<ReturnType<typeof started>>['present']) =>
  present.map(({ participant }) => participant.name);

describe('participants that are missing', () => {
  test('a package: one line that says how to install it; the others go on', async () => {
    const { present, lines } = await started(doubling('a', 'missing'), doubling('b', 'right'));
    expect(lines).toEqual(['a is not measured: the package doubling is missing. To install: npm i doubling']);
    expect(names(present)).toEqual(['b']);
  });

  test('the peers of this suite, without their Python', async () => {
    vi.stubEnv('DESCANT_TORCH_PYTHON', '/nowhere/torch/python');
    vi.stubEnv('DESCANT_JAX_PYTHON', '/nowhere/jax/python');
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const { present, lines } = await started(...peers('w1', 1));
    expect(present).toEqual([]);
    expect(lines).toEqual([
      expect.stringMatching(
        /^PyTorch is not measured: the program \/nowhere\/torch\/python is missing\. To install: npm run bench -- setup-peers .*python3-torch/,
      ),
      expect.stringMatching(
        /^JAX is not measured: the program \/nowhere\/jax\/python is missing\. To install: npm run bench -- setup-peers .*DESCANT_JAX_PYTHON/,
      ),
    ]);
  });

  test('one that breaks down is an error, not missing', async () => {
    await expect(started(doubling('a', 'crash'))).rejects.toThrow(
      'a ended without answering "describe": doubling: out of order',
    );
  });
});

describe('measuring', () => {
  test('times participants that agree', async () => {
    const { present } = await started(doubling('a', 'right'), doubling('b', 'right'));
    const lines: string[] = [];
    const [result] = await measureWorkload(present, [one], timing, (line) => lines.push(line));
    expect(lines).toEqual(['checking doubling', 'timing doubling']);
    expect(result.differences).toEqual({ afterOneStep: 0, afterOneRun: 0 });
    expect(result.results.map((r) => r.participant)).toEqual(['a', 'b']);
    for (const { rounds, microsecondsPerStep, compileMilliseconds } of result.results) {
      expect(rounds).toHaveLength(2);
      expect(microsecondsPerStep).toBe((rounds[0] + rounds[1]) / 2);
      // A run of three multiplications of two numbers takes less than its whole window.
      expect(microsecondsPerStep).toBeGreaterThan(0);
      expect(microsecondsPerStep).toBeLessThan(5000);
      expect(compileMilliseconds).toBeTypeOf('number');
    }
  });

  test.each([
    ['wrong-step', 'doubling, 1 step: a (only) and b (only) differ by 5.0e-4'],
    ['wrong-run', 'doubling, 3 steps: a (only) and b (only) differ by 1.0e-3'],
  ])('%s: a disagreement, before any timing', async (manner, message) => {
    const { present } = await started(doubling('a', 'right'), doubling('b', manner));
    const lines: string[] = [];
    const measuring = measureWorkload(present, [one], timing, (line) => lines.push(line));
    await expect(measuring).rejects.toMatchObject({
      name: 'Disagreement',
      message: expect.stringContaining(message),
    });
    expect(lines).toEqual(['checking doubling']);
  });

  test('NaN does not agree with anything', async () => {
    const { present } = await started(doubling('a', 'nan'), doubling('b', 'nan'));
    const measuring = measureWorkload(present, [one], timing, () => {});
    // JSON has no NaN: it arrives as null.
    await expect(measuring).rejects.toThrow('doubling, 1 step: a (only) returned null');
  });

  test('an error inside a participant is told with its name', async () => {
    const { present } = await started(doubling('a', 'refuse'));
    await expect(measureWorkload(present, [one], timing, () => {})).rejects.toThrow('a, prepare: no room');
  });
});
