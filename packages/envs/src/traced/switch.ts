/** Switch as functions of tensors. */
import {
  add,
  all,
  at,
  broadcastTo,
  cast,
  div,
  equal,
  expandDims,
  gather,
  logicalAnd,
  logicalNot,
  mul,
  notEqual,
  stack,
  type Tensor,
  tensor,
  where,
} from '@descant/tensor-ops';
import { GRID_ACTIONS } from '../environments/grid-moves.ts';
import {
  ARRIVAL,
  SWITCH_COLUMN_SEEN,
  SWITCH_GOALS,
  SWITCH_NEXT,
  SWITCH_ROW_SEEN,
  SWITCH_STARTS,
  type SwitchOptions,
  switchOptions,
} from '../environments/switch.ts';
import { checkDtype, int, truncation } from './helpers.ts';
import type { TracedEnvironment, TracedOptions } from './traced.ts';

/** The state, int32: the cell of each agent [N], and the steps taken. */
export interface SwitchState {
  readonly cells: Tensor;
  readonly time: Tensor;
}

/**
 * Switch as pure functions of tensors; the rules are those of `switchGame`, step for step.
 *
 * @throws ArgumentError when an option is unknown or invalid.
 *
 * @example
 * ```ts
 * import { tracedSwitchGame } from '@descant/envs';
 * import { key, tensor } from '@descant/tensor-ops';
 * const game = tracedSwitchGame({ agents: 2 });
 * const { state, rewards } = game.step(game.reset(key(0)), tensor([0, 3], { dtype: 'int32' }), key(1));
 * rewards.toArray(); // => [-0.1, -0.1]
 * state.cells.toArray(); // => [8, 6]
 * ```
 */
export function tracedSwitchGame(
  options: SwitchOptions & TracedOptions = {},
): TracedEnvironment<SwitchState> {
  const { dtype = 'float32', ...rules } = options;
  checkDtype('tracedSwitchGame', dtype);
  const { agents, rules: version, maxSteps, stepCost, clock } = switchOptions('tracedSwitchGame', rules);
  const leaves = version === 'head';
  const next = int([...SWITCH_NEXT]);
  const goals = int(SWITCH_GOALS.slice(0, agents));
  const rowSeen = tensor([...SWITCH_ROW_SEEN], { dtype });
  const columnSeen = tensor([...SWITCH_COLUMN_SEEN], { dtype });
  return {
    name: `switch${agents}`,
    agents,
    actions: Array.from({ length: agents }, () => GRID_ACTIONS),
    observationShape: [clock ? 3 : 2],
    dtype,
    maxSteps,
    reset: () => ({ cells: int(SWITCH_STARTS.slice(0, agents)), time: int(0) }),
    step(state, actions) {
      const home = equal(state.cells, goals);
      const wanted = gather(next, add(mul(state.cells, GRID_ACTIONS), actions));
      // In their order: each moves where nobody is then.
      const cells = Array.from({ length: agents }, (_, i) => at(state.cells, i));
      for (let i = 0; i < agents; i++) {
        const to = at(wanted, i);
        const free = all(stack(cells.map((cell) => notEqual(cell, to))));
        cells[i] = where(logicalAnd(free, logicalNot(at(home, i))), to, cells[i]);
      }
      const after = stack(cells);
      const arrived = equal(after, goals);
      const cost = tensor(stepCost, { dtype });
      const atHome = leaves ? tensor(0, { dtype }) : cost;
      const rewards = where(home, atHome, where(arrived, tensor(ARRIVAL, { dtype }), cost));
      const time = add(state.time, 1);
      const terminated = leaves ? arrived : broadcastTo(all(arrived), [agents]);
      const truncated = truncation(time, maxSteps, terminated);
      return { state: { cells: after, time }, rewards, terminated, truncated };
    },
    observe({ cells, time }) {
      const seen = [gather(rowSeen, cells), gather(columnSeen, cells)];
      const share = div(cast(time, dtype), maxSteps);
      return stack(clock ? [...seen, broadcastTo(expandDims(share, 0), [agents])] : seen, 1);
    },
  };
}
