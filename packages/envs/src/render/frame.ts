/** Pictures as arrays of pixels. */

/** A picture of `height` rows of `width` pixels, three bytes (red, green, blue) each. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}
