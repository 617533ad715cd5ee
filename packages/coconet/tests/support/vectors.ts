import { readFileSync } from 'node:fs';

interface Architecture {
  readonly L: number;
  readonly H: number;
  readonly conv_params: number;
  readonly bn_params: number;
  readonly mac_per_time_pitch_cell: number;
  readonly receptive_field_cells: number;
  readonly skip_added_at_layers_magenta: readonly number[];
  readonly skip_added_at_layers_thesis: readonly number[];
}

interface Split {
  readonly pieces: number;
  readonly frames: number;
  readonly len_min: number;
  readonly len_max: number;
  readonly rest_cells: number;
  readonly voices: Readonly<
    Record<
      string,
      {
        readonly min: number;
        readonly max: number;
        readonly mean: number;
        readonly distinct: number;
        readonly rests: number;
      }
    >
  >;
}

interface Vectors {
  readonly annealing: {
    readonly cases: readonly {
      readonly n: number;
      readonly N: number;
      readonly eta: number;
      readonly alpha_max: number;
      readonly alpha_min: number;
      readonly alpha: number;
      readonly magenta_js_1_23_1_value: number;
    }[];
  };
  readonly orderless_mask: {
    readonly cases: readonly {
      readonly D: number;
      readonly mean_fraction_masked: number;
      readonly p_all_masked: number;
      readonly var_size: number;
    }[];
  };
  readonly toy_orderless: {
    readonly log_p_empty: readonly (readonly number[])[];
    readonly log_p_given_all_others: readonly (readonly number[])[];
    readonly nll_per_ordering: Readonly<Record<string, number>>;
    readonly mean_nll_over_orderings: number;
    readonly E_reweighted_loss: number;
    readonly ensemble_log_mean_exp_nll_over_all_6: number;
  };
  readonly uniform_model: { readonly P46_4voices: number };
  readonly architecture: { readonly cases: readonly Architecture[] };
  readonly conv2x2_same: Readonly<Record<'x' | 'kernel' | 'y', readonly number[][]>>;
  readonly input_encoding: {
    readonly pitches: number[][];
    readonly context: number[][];
    readonly h0: readonly number[][][];
  };
  readonly loss_reweight: {
    readonly nll: number[][][];
    readonly mask: number[][][];
    readonly loss_thesis: number;
    readonly loss_magenta_total: number;
    readonly padded_variant: { readonly mask1: number[][]; readonly loss_thesis: number };
  };
  readonly midi_round_trip: {
    readonly sequence: readonly number[][];
    readonly notes: readonly (readonly [number, number, number, number])[];
    readonly num_notes: number;
    readonly magenta_programs_0based_SATB: readonly number[];
  };
  readonly dataset: Readonly<Record<string, Readonly<Record<'train' | 'valid' | 'test', Split>>>>;
}

/** Reference values computed by independent code; `note` and `spec` in the file say how. */
export const vectors: Vectors = JSON.parse(
  readFileSync(new URL('../vectors/coconet.json', import.meta.url), 'utf8'),
);
