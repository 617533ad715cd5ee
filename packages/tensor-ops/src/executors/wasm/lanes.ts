/**
 * Finds the batch axis of a program: an axis of every tensor that nothing ever mixes, so that each example of the
 * batch can run in a SIMD lane of its own.
 *
 * Lane axes are passed forward from a seed, an input that is assumed to have its lanes in axis 0. Where an operand
 * that is so far the same in all lanes meets a lane axis with its full extent, the axis is demanded of it, back to
 * an input, a constant or a broadcast, and the pass starts again.
 */
import type { Program } from '../../ir/attributes.ts';
import { reachable } from '../../ir/graph.ts';
import { sizeOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { linkedAxes, NONE } from './axis-links.ts';
import { type Lanes, laneShape, UNIFORM } from './lane-shape.ts';

/**
 * Why the assumption made does not hold: a tensor's batch axis would be mixed. Without a message, a demand was recorded,
 * and the pass has to start again.
 */
class Refusal extends Error {}

type Outer = { readonly lanes: ProgramLanes; readonly node: Tensor };
/** The number of the demand that is being traced. */
let current = 0;

class ProgramLanes implements Lanes {
  readonly batch: number;
  private readonly program: Program;
  private readonly outer: Outer | undefined;
  private readonly order: readonly Tensor[];
  /** Demanded axes of inputs, constants and broadcasts. */
  private readonly demanded = new Map<Tensor, number>();
  private readonly axes = new Map<Tensor, number>();
  private readonly multiple = new Map<Tensor, readonly number[]>();
  private readonly bodies = new Map<Tensor, Map<Program, ProgramLanes>>();
  /** The demand that last asked for an axis of a tensor: its paths may be exponentially many. */
  private readonly traced = new Map<string, number>();

  constructor(program: Program, batch: number, outer?: Outer) {
    this.program = program;
    this.batch = batch;
    this.outer = outer;
    this.order = reachable(program.outputs);
  }

  axis(tensor: Tensor): number {
    return this.axes.get(tensor) ?? this.demanded.get(tensor) ?? UNIFORM;
  }

  inside(node: Tensor, body: Program): ProgramLanes {
    const bodies = this.bodies.get(node) ?? new Map<Program, ProgramLanes>();
    this.bodies.set(node, bodies);
    const lanes = bodies.get(body) ?? new ProgramLanes(body, this.batch, { lanes: this, node });
    bodies.set(body, lanes);
    return lanes;
  }

  assume(source: Tensor, axis: number): void {
    this.demanded.set(source, axis);
  }

  /** Elements of all tensors in one lane: a measure of the scalar code. */
  get elements(): number {
    let sum = 0;
    for (const node of this.order) sum += sizeOf(laneShape(node.shape, this.axis(node)));
    for (const bodies of this.bodies.values()) for (const lanes of bodies.values()) sum += lanes.elements;
    return sum;
  }

  /** One forward pass; returns the axes of the outputs. */
  pass(inputs: readonly number[]): number[] {
    this.axes.clear();
    this.multiple.clear();
    this.program.inputs.forEach((variable, i) => {
      this.axes.set(variable, inputs[i]);
    });
    for (const node of this.order) {
      if (this.axes.has(node)) continue;
      if (node.is('loop')) this.multiple.set(node, this.loop(node));
      else if (node.is('cond')) this.multiple.set(node, this.cond(node));
      else if (node.is('projection')) {
        this.axes.set(node, this.multiple.get(node.inputs[0])?.[node.attributes.index] ?? UNIFORM);
      } else this.axes.set(node, this.forward(node));
    }
    return this.program.outputs.map((output) => this.axis(output));
  }

  /** The axis of a program's input as demanded so far. */
  demandedOf(source: Tensor): number {
    return this.demanded.get(source) ?? UNIFORM;
  }

  private forward(node: Tensor): number {
    const own = node.inputs.map((operand) => this.axis(operand));
    if (own.every((axis) => axis === UNIFORM)) return this.demandedOf(node);
    for (let axis = 0; axis < node.rank; axis++) {
      if (node.shape[axis] !== this.batch) continue;
      const linked = linkedAxes(node, axis);
      if (!linked || own.some((lane, i) => lane !== UNIFORM && lane !== linked[i])) continue;
      own.forEach((lane, i) => {
        if (lane === UNIFORM && linked[i] !== NONE) this.demand(node.inputs[i], linked[i]);
      });
      return axis;
    }
    throw new Refusal(`'${node.op}' mixes the examples of the batch`);
  }

  /** Asks that a tensor have its lanes in an axis. Always throws. */
  private demand(tensor: Tensor, axis: number): never {
    current++;
    this.trace(tensor, axis);
    throw new Refusal();
  }

  private trace(tensor: Tensor, axis: number): void {
    const known = this.axis(tensor);
    const place = `${tensor.id} ${axis}`;
    if (known === axis || this.traced.get(place) === current) return;
    this.traced.set(place, current);
    if (known !== UNIFORM || tensor.shape[axis] !== this.batch) {
      throw new Refusal(`a '${tensor.op}' would need its lanes in axis ${axis}`);
    }
    if (this.indexOf(tensor) >= 0) {
      this.traceInput(tensor, axis);
    } else if (tensor.is('constant')) {
      this.demanded.set(tensor, axis);
    } else if (tensor.is('projection')) {
      this.traceOutput(tensor.inputs[0], tensor.attributes.index, axis);
    } else {
      const linked = linkedAxes(tensor, axis);
      if (!linked) throw new Refusal(`'${tensor.op}' mixes the examples of the batch`);
      if (tensor.is('broadcast') && linked[0] === NONE) this.demanded.set(tensor, axis);
      linked.forEach((own, i) => {
        if (own !== NONE) this.trace(tensor.inputs[i], own);
      });
    }
  }

  private traceInput(variable: Tensor, axis: number): void {
    if (!this.outer || this.isCarry(variable)) {
      this.demanded.set(variable, axis);
      return;
    }
    const { lanes, node } = this.outer;
    const index = this.indexOf(variable);
    if (node.is('loop')) {
      const { carries, scanned } = node.attributes;
      lanes.trace(node.inputs[index], index < carries + scanned ? axis + 1 : axis);
    } else {
      lanes.trace(node.inputs[index + 1], axis);
    }
  }

  private indexOf(variable: Tensor): number {
    return this.program.inputs.findIndex((input) => input.id === variable.id);
  }

  private isCarry(variable: Tensor): boolean {
    const node = this.outer?.node;
    return node?.is('loop') === true && this.indexOf(variable) < node.attributes.carries;
  }

  private traceOutput(node: Tensor, index: number, axis: number): void {
    if (node.is('loop')) {
      const { body, carries } = node.attributes;
      const lanes = this.inside(node, body);
      if (index < carries) lanes.demanded.set(body.inputs[index], axis);
      else if (axis === 0) throw new Refusal('a loop runs over the examples of the batch');
      else lanes.trace(body.outputs[index], axis - 1);
    } else if (node.is('cond')) {
      for (const body of [node.attributes.whenTrue, node.attributes.whenFalse]) {
        this.inside(node, body).trace(body.outputs[index], axis);
      }
    } else {
      throw new Refusal(`a '${node.op}' mixes the examples of the batch`);
    }
  }

  private loop(node: Tensor<'loop'>): number[] {
    const { carries, scanned, body } = node.attributes;
    const lanes = this.inside(node, body);
    const inputs = node.inputs.map((operand, i) => {
      const axis = this.axis(operand);
      if (i < carries) {
        const demanded = lanes.demandedOf(body.inputs[i]);
        if (demanded !== UNIFORM && axis !== demanded) this.demand(operand, demanded);
        return axis;
      }
      if (i >= carries + scanned || axis === UNIFORM) return axis;
      if (axis === 0) throw new Refusal('a loop runs over the examples of the batch');
      return axis - 1;
    });
    const outputs = lanes.pass(inputs);
    return outputs.map((axis, i) => {
      if (i >= carries) return axis === UNIFORM ? UNIFORM : axis + 1;
      if (axis === inputs[i]) return axis;
      if (axis === UNIFORM) lanes.demand(body.outputs[i], inputs[i]);
      if (inputs[i] !== UNIFORM) throw new Refusal('a loop moves the batch axis');
      lanes.demanded.set(body.inputs[i], axis);
      throw new Refusal();
    });
  }

  private cond(node: Tensor<'cond'>): number[] {
    const { whenTrue, whenFalse } = node.attributes;
    const inputs = node.inputs.slice(1).map((operand) => this.axis(operand));
    const branches = [whenTrue, whenFalse].map((body) => this.inside(node, body));
    const [yes, no] = branches.map((lanes) => lanes.pass(inputs));
    return yes.map((axis, i) => {
      if (axis === no[i]) return axis;
      if (axis === UNIFORM) branches[0].demand(whenTrue.outputs[i], no[i]);
      return branches[1].demand(whenFalse.outputs[i], axis);
    });
  }
}

/** The lane axes that follow when the given inputs or constants have their lanes in axis 0, or why there are none. */
export function lanesFrom(program: Program, seeds: readonly Tensor[]): ProgramLanes | string {
  const lanes = new ProgramLanes(program, seeds[0].shape[0]);
  for (const seed of seeds) lanes.assume(seed, 0);
  for (;;) {
    try {
      lanes.pass(program.inputs.map((variable) => lanes.demandedOf(variable)));
      return lanes;
    } catch (reason) {
      if (!(reason instanceof Refusal)) throw reason;
      if (reason.message) return reason.message;
    }
  }
}

/** The batch axis that leaves the least scalar code, or why there is no batch axis. */
export function findLanes(program: Program): Lanes | string {
  // Where nothing mixes the examples, some output has the batch axis.
  const extents = new Set(program.outputs.flatMap((output) => output.shape));
  const batches = (tensors: readonly Tensor[]): Tensor[][] => {
    const groups = new Map<number, Tensor[]>();
    for (const tensor of tensors) {
      if (tensor.rank === 0 || tensor.shape[0] < 2 || !extents.has(tensor.shape[0])) continue;
      groups.set(tensor.shape[0], [...(groups.get(tensor.shape[0]) ?? []), tensor]);
    }
    return [...groups.values()];
  };
  const constants = reachable(program.outputs).filter((node) => node.is('constant'));
  let best: ProgramLanes | undefined;
  let refusal = 'no input has a batch axis';
  for (const sources of [program.inputs, constants]) {
    for (const group of batches(sources)) {
      for (const seeds of group.length > 1 ? [group, ...group.map((seed) => [seed])] : [group]) {
        const found = lanesFrom(program, seeds);
        if (typeof found === 'string') refusal = found;
        else if (!best || found.elements < best.elements) best = found;
        if (typeof found !== 'string') break;
      }
    }
    if (best) return best;
  }
  return refusal;
}
