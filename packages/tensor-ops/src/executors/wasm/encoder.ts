/** Writes WebAssembly modules: functions, locals, imports and exports over one imported memory. */
import { ByteBuffer } from './bytes.ts';
import { control, type Instruction, i32 as int, v128 } from './opcodes.ts';

export const I32 = 0x7f;
export const F32 = 0x7d;
export const F64 = 0x7c;
export const V128 = 0x7b;
export type ValueType = typeof I32 | typeof F32 | typeof F64 | typeof V128;

const FUNCTION_TYPE = 0x60;
const NO_RESULT = 0x40;

/** One function under construction: instructions are appended in order. */
export class FunctionBuilder {
  readonly index: number;
  readonly params: readonly ValueType[];
  readonly results: readonly ValueType[];
  readonly code = new ByteBuffer();
  private readonly locals: ValueType[] = [];

  constructor(index: number, params: readonly ValueType[], results: readonly ValueType[]) {
    this.index = index;
    this.params = params;
    this.results = results;
  }

  /** A fresh local variable. */
  local(type: ValueType): number {
    this.locals.push(type);
    return this.params.length + this.locals.length - 1;
  }

  /** Appends instructions that take no immediate. */
  op(...instructions: Instruction[]): this {
    for (const instruction of instructions) {
      if (instruction > 0xff) {
        this.code.byte(instruction >> 12);
        this.code.unsigned(instruction & 0xfff);
      } else {
        this.code.byte(instruction);
      }
    }
    return this;
  }

  private indexed(instruction: number, index: number): this {
    this.code.byte(instruction);
    this.code.unsigned(index);
    return this;
  }

  get(local: number): this {
    return this.indexed(control.localGet, local);
  }

  set(local: number): this {
    return this.indexed(control.localSet, local);
  }

  tee(local: number): this {
    return this.indexed(control.localTee, local);
  }

  call(callee: number): this {
    return this.indexed(control.call, callee);
  }

  i32(value: number): this {
    this.code.byte(int.constant);
    this.code.signed(value);
    return this;
  }

  f32(value: number): this {
    this.code.byte(0x43);
    this.code.float32(value);
    return this;
  }

  f64(value: number): this {
    this.code.byte(0x44);
    this.code.float64(value);
    return this;
  }

  /** A load or store at the address on the stack plus a constant offset. */
  memory(instruction: Instruction, offset: number): this {
    this.op(instruction);
    this.code.unsigned(0);
    this.code.unsigned(offset);
    return this;
  }

  /** A load or store of one lane. */
  memoryLane(instruction: Instruction, offset: number, lane: number): this {
    this.memory(instruction, offset);
    this.code.byte(lane);
    return this;
  }

  /** An extract_lane or replace_lane. */
  lane(instruction: Instruction, lane: number): this {
    this.op(instruction);
    this.code.byte(lane);
    return this;
  }

  /** Rearranges the 32-bit lanes of the two vectors on the stack; lanes 4 to 7 are the second's. */
  shuffle32(lanes: readonly [number, number, number, number]): this {
    this.op(v128.shuffle);
    for (const lane of lanes) for (let byte = 0; byte < 4; byte++) this.code.byte(4 * lane + byte);
    return this;
  }

  /** Copies bytes; destination, source and length are on the stack. */
  memoryCopy(): this {
    this.op(control.memoryCopy);
    this.code.byte(0);
    this.code.byte(0);
    return this;
  }

  /** Fills bytes; destination, value and length are on the stack. */
  memoryFill(): this {
    this.op(control.memoryFill);
    this.code.byte(0);
    return this;
  }

  /** Runs `body` `count` times (a constant of at least 1), giving it a local that counts from 0, or down to 0. */
  loop(count: number, body: (counter: number) => void, down = false): void {
    const counter = this.local(I32);
    this.i32(down ? count - 1 : 0).set(counter);
    if (count === 1) {
      body(counter);
      return;
    }
    this.op(control.loop, NO_RESULT);
    body(counter);
    this.get(counter)
      .i32(down ? -1 : 1)
      .op(int.add)
      .tee(counter);
    if (down) this.i32(0).op(int.greaterEqual);
    else this.i32(count).op(int.less);
    this.indexed(control.branchIf, 0).op(control.end);
  }

  /** Runs `body` for `counter` from the i32 on the stack up to below `end`. */
  loopFrom(counter: number, end: number, body: () => void): void {
    this.set(counter);
    this.loopWhile(
      () => this.get(counter).i32(end).op(int.less),
      () => {
        body();
        this.get(counter).i32(1).op(int.add).set(counter);
      },
    );
  }

  /** Runs `body` as long as `condition` pushes an i32 other than 0. */
  loopWhile(condition: () => void, body: () => void): void {
    this.op(control.block, NO_RESULT, control.loop, NO_RESULT);
    condition();
    this.op(int.isZero).indexed(control.branchIf, 1);
    body();
    this.indexed(control.branch, 0).op(control.end, control.end);
  }

  /** Branches on the i32 on the stack; with a result type, both branches push one value. */
  branch(
    whenTrue: () => void,
    whenFalse?: () => void,
    result: ValueType | typeof NO_RESULT = NO_RESULT,
  ): void {
    this.op(control.if, result);
    whenTrue();
    if (whenFalse) {
      this.op(control.else);
      whenFalse();
    }
    this.op(control.end);
  }

  /** The entry of the code section: local declarations, then the instructions. */
  writeBody(out: ByteBuffer): void {
    const head = new ByteBuffer();
    const runs: { type: ValueType; count: number }[] = [];
    for (const type of this.locals) {
      const last = runs.at(-1);
      if (last?.type === type) last.count++;
      else runs.push({ type, count: 1 });
    }
    head.unsigned(runs.length);
    for (const { type, count } of runs) {
      head.unsigned(count);
      head.byte(type);
    }
    out.unsigned(head.length + this.code.length + 1);
    out.append(head);
    out.append(this.code);
    out.byte(control.end);
  }
}

interface ImportedFunction {
  readonly name: string;
  readonly type: number;
}

/** A module under construction. Imports come before functions, because they share one index space. */
export class ModuleBuilder {
  private readonly types: { key: string; params: readonly ValueType[]; results: readonly ValueType[] }[] = [];
  private readonly imports: ImportedFunction[] = [];
  private readonly functions: FunctionBuilder[] = [];
  private readonly exports: { name: string; index: number }[] = [];

  import(name: string, params: readonly ValueType[], results: readonly ValueType[]): number {
    this.imports.push({ name, type: this.typeIndex(params, results) });
    return this.imports.length - 1;
  }

  function(params: readonly ValueType[], results: readonly ValueType[]): FunctionBuilder {
    const builder = new FunctionBuilder(this.imports.length + this.functions.length, params, results);
    this.functions.push(builder);
    return builder;
  }

  export(name: string, builder: FunctionBuilder): void {
    this.exports.push({ name, index: builder.index });
  }

  /** The binary module; it imports its functions and its memory (of `pages` pages) from the module `host`. */
  build(pages: number, shared = false): Uint8Array<ArrayBuffer> {
    const declared = this.functions.map((f) => this.typeIndex(f.params, f.results));
    const out = new ByteBuffer();
    for (const byte of [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]) out.byte(byte);
    writeSection(out, 1, this.types, (section, { params, results }) => {
      section.byte(FUNCTION_TYPE);
      for (const list of [params, results]) {
        section.unsigned(list.length);
        for (const type of list) section.byte(type);
      }
    });
    const imports: (ImportedFunction | undefined)[] = [...this.imports, undefined];
    writeSection(out, 2, imports, (section, item) => {
      section.name('host');
      section.name(item?.name ?? 'memory');
      if (item) {
        section.byte(0);
        section.unsigned(item.type);
      } else {
        section.byte(2);
        section.byte(shared ? 3 : 0);
        section.unsigned(pages);
        // Shared memory has a largest size.
        if (shared) section.unsigned(pages);
      }
    });
    writeSection(out, 3, declared, (section, type) => section.unsigned(type));
    writeSection(out, 7, this.exports, (section, { name, index }) => {
      section.name(name);
      section.byte(0);
      section.unsigned(index);
    });
    writeSection(out, 10, this.functions, (section, builder) => builder.writeBody(section));
    return out.view();
  }

  private typeIndex(params: readonly ValueType[], results: readonly ValueType[]): number {
    const key = `${params}|${results}`;
    const found = this.types.findIndex((type) => type.key === key);
    if (found >= 0) return found;
    this.types.push({ key, params, results });
    return this.types.length - 1;
  }
}

function writeSection<T>(
  out: ByteBuffer,
  id: number,
  items: readonly T[],
  write: (section: ByteBuffer, item: T) => void,
): void {
  const section = new ByteBuffer();
  section.unsigned(items.length);
  for (const item of items) write(section, item);
  out.byte(id);
  out.unsigned(section.length);
  out.append(section);
}
