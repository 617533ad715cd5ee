/** What becomes of a function when it is compiled. */
import { defaultExecutor } from '../executors/default.ts';
import type { CompileReport } from '../executors/executor.ts';
import { countOperations, printProgram } from '../ir/print.ts';
import { type JitOptions, traceFunction } from '../transform/jit.ts';
import { flatten } from '../tree.ts';
import { estimateFlops } from './flops.ts';

/** The result of `explain`; as a string, everything in readable form. */
export interface Explanation {
  /** The simplified program, one line a node. */
  readonly listing: string;
  /** How often each operation occurs (bodies of loops count once). */
  readonly operations: Readonly<Record<string, number>>;
  /** An estimate of the arithmetic operations of a call; a while loop counts one iteration. */
  readonly flops: number;
  /** How the executor compiled it: schedule, groups of work, working memory. */
  readonly report: CompileReport;
  toString(): string;
}

/**
 * Traces and compiles a function on example arguments and tells what came out: the program, the operations in it,
 * an estimate of the arithmetic, the schedule that the executor chose, its memory and code size.
 *
 * @example
 * ```ts
 * import { add, jsExecutor, tensor, type Tensor } from '@descant/tensor-ops';
 * import { explain } from '@descant/tensor-ops/debug';
 * const { operations, report } = explain((x: Tensor) => add(x, add(x, 1)), [tensor([1, 2])], { executor: jsExecutor });
 * operations.add; // => 2
 * report.executor; // => 'js'
 * ```
 */
export function explain<A extends readonly unknown[], Y>(
  fn: (...args: A) => Y,
  args: A,
  options: JitOptions = {},
): Explanation {
  const { leaves, structure } = flatten(args, 'explain');
  const { program } = traceFunction(fn, leaves, structure);
  const { report } = (options.executor ?? defaultExecutor()).compile(program);
  const operations = countOperations(program);
  const flops = estimateFlops(program);
  const listing = printProgram(program);
  return {
    listing,
    operations,
    flops,
    report,
    toString() {
      const ranked = Object.entries(operations).sort((a, b) => b[1] - a[1]);
      return [
        `executor ${report.executor}: ${report.memoryBytes} bytes of memory, ${report.codeBytes} bytes of code, about ${flops} operations a call`,
        ...report.parts.map(
          (p) =>
            `  ${Object.entries(p)
              .map(([k, v]) => `${k} ${v}`)
              .join(', ')}`,
        ),
        `operations: ${ranked.map(([name, n]) => `${name} ${n}`).join(', ')}`,
        listing,
      ].join('\n');
    },
  };
}
