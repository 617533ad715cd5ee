/** A growing byte string with the number encodings of the WebAssembly binary format. */

const scratch = new DataView(new ArrayBuffer(8));

/** Appends bytes, LEB128 integers and little-endian floats; grows by doubling. */
export class ByteBuffer {
  length = 0;
  private bytes = new Uint8Array(64);

  byte(value: number): void {
    if (this.length === this.bytes.length) this.reserve(1);
    this.bytes[this.length++] = value;
  }

  /** Unsigned LEB128. */
  unsigned(value: number): void {
    let rest = value >>> 0;
    while (rest > 127) {
      this.byte((rest & 127) | 128);
      rest >>>= 7;
    }
    this.byte(rest);
  }

  /** Signed LEB128 of a 32-bit integer. */
  signed(value: number): void {
    let rest = value | 0;
    while (rest < -64 || rest > 63) {
      this.byte((rest & 127) | 128);
      rest >>= 7;
    }
    this.byte(rest & 127);
  }

  float32(value: number): void {
    scratch.setFloat32(0, value, true);
    for (let i = 0; i < 4; i++) this.byte(scratch.getUint8(i));
  }

  float64(value: number): void {
    scratch.setFloat64(0, value, true);
    for (let i = 0; i < 8; i++) this.byte(scratch.getUint8(i));
  }

  /** A length-prefixed name; names here are ASCII. */
  name(text: string): void {
    this.unsigned(text.length);
    for (let i = 0; i < text.length; i++) this.byte(text.charCodeAt(i));
  }

  append(other: ByteBuffer): void {
    this.reserve(other.length);
    this.bytes.set(other.view(), this.length);
    this.length += other.length;
  }

  /** The bytes written so far, without copying. */
  view(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(0, this.length);
  }

  private reserve(extra: number): void {
    let capacity = this.bytes.length;
    while (capacity < this.length + extra) capacity *= 2;
    if (capacity === this.bytes.length) return;
    const grown = new Uint8Array(capacity);
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }
}
