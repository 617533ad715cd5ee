/** What schedule S2 makes of a program: groups that run one after the other. */
import type { DType } from '../../../dtype.ts';
import type { Shape } from '../../../shape.ts';
import type { Tensor } from '../../../tensor.ts';
import type { FunctionBuilder } from '../encoder.ts';
import type { Generator } from '../generator.ts';
import type { MatrixProduct } from './matrix-product.ts';
import type { Area, Place } from './place.ts';

/** An element of memory for each iteration of a nest; strides in bytes along its axes. */
export interface Access {
  readonly place: Place;
  readonly dtype: DType;
  readonly strides: readonly number[];
}

/** Where a statement takes a value from: an earlier statement of the same iteration, memory, or a constant. */
export type Source =
  | { readonly kind: 'register'; readonly node: Tensor }
  | { readonly kind: 'memory'; readonly access: Access }
  | { readonly kind: 'constant'; readonly dtype: DType; readonly value: number };

export type Statement =
  /** Applies a scalar function or a conversion; the value is stored when something outside the nest reads it. */
  | {
      readonly kind: 'compute';
      readonly node: Tensor<'elementwise'> | Tensor<'cast'>;
      readonly sources: readonly Source[];
      readonly out: Access;
      stored: boolean;
    }
  | { readonly kind: 'store'; readonly source: Source; readonly out: Access }
  /** Combines the values of a whole axis or more; `out` has stride 0 along these. */
  | {
      readonly kind: 'reduce';
      readonly node: Tensor<'reduce'>;
      readonly source: Source;
      readonly out: Access;
      /** For each axis of the nest whether it is reduced. */
      readonly reduced: readonly boolean[];
      /** Where sums of float32 that are kept in memory are in double precision until all terms are there. */
      readonly wide: Access | undefined;
    };

/** Loops over a shape without axes of length one, around statements on the elements. */
export interface Nest {
  readonly kind: 'nest';
  readonly shape: Shape;
  readonly statements: Statement[];
}

/** The first of two places of a carry; the second lies `half` bytes behind. */
export interface TwoPlaces {
  readonly half: number;
  readonly place: Place;
}

/** A tensor and where it lies. */
export interface Operand {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly place: Place;
}

export type Group =
  | Nest
  | { readonly kind: 'product'; readonly product: MatrixProduct }
  /** Scalar loops for one primitive. */
  | {
      readonly kind: 'primitive';
      readonly node: Tensor;
      readonly operands: readonly Operand[];
      readonly out: Operand;
    }
  | {
      readonly kind: 'loop';
      readonly length: number;
      readonly reverse: boolean;
      readonly body: Plan;
      readonly arena: Area;
      /** The memory that the loop reads and writes. */
      readonly areas: readonly Area[];
    }
  | {
      readonly kind: 'cond';
      readonly predicate: Place;
      readonly branches: readonly [Plan, Plan];
      readonly arena: Area;
      readonly areas: readonly Area[];
    }
  /** A loop with two places for each carry, like `loop`; the results are moved to the first places. */
  | {
      readonly kind: 'while';
      readonly condition: Plan;
      readonly body: Plan;
      /** Where the condition puts its result. */
      readonly flag: Place;
      readonly carries: readonly TwoPlaces[];
      readonly arena: Area;
      readonly areas: readonly Area[];
      /** Writes the loop into a function with the parameters of the loops around. */
      write(g: Generator, f: FunctionBuilder, params: number): void;
    }
  /** A loop as a kernel of schedule S1. */
  | { readonly kind: 'kernel'; readonly run: FunctionBuilder; readonly areas: readonly Area[] };

/** A scheduled program. */
export interface Plan {
  readonly groups: readonly Group[];
  /** Bytes of working memory. */
  readonly bytes: number;
  /** The distances of the areas from the start of the working memory. */
  readonly offsets: ReadonlyMap<Area, number>;
  /** The groups that threads share, once the code is there. */
  readonly parallel: Set<Group>;
}
