/** The pieces of straight-line work that the scalar graph is ordered into. */
import type { Region, Store } from './region.ts';
import type { ScalarDag } from './scalar-dag.ts';

/** A piece of straight-line work. `commit` gives the carries of a loop their next values, all at once. */
export type Item =
  | { readonly kind: 'node'; readonly id: number }
  | { readonly kind: 'store'; readonly store: Store }
  | { readonly kind: 'initialise'; readonly loop: Region }
  | { readonly kind: 'commit'; readonly loop: Region };

/** The scalars that an item reads. */
export function readsOf(dag: ScalarDag, item: Item): readonly number[] {
  switch (item.kind) {
    case 'node':
      return dag.operands[item.id];
    case 'store':
      return [item.store.value];
    case 'initialise':
      return item.loop.initial;
    case 'commit':
      return item.loop.next;
  }
}
