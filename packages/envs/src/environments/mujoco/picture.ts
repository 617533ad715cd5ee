/** A robot from the side. */
import { type Scene, type Shape, stroke } from '../../render/scene.ts';
import type { Limb } from './simulator.ts';

const WIDTH = 320;
const HEIGHT = 200;
const FLOOR = 180;
/** Pixels per metre. */
const SCALE = 100;

/** The limbs on a floor that is marked at every metre; the view follows the place x. */
export function robotScene(limbs: readonly Limb[], x: number): Scene {
  const across = (place: number) => WIDTH / 2 + (place - x) * SCALE;
  const down = (height: number) => FLOOR - height * SCALE;
  const reach = WIDTH / 2 / SCALE;
  const shapes: Shape[] = [
    { kind: 'rectangle', x: 0, y: FLOOR, width: WIDTH, height: HEIGHT - FLOOR, fill: '#ccddcc' },
  ];
  for (let metre = Math.ceil(x - reach); metre <= x + reach; metre++) {
    shapes.push({
      kind: 'rectangle',
      x: across(metre) - 1,
      y: FLOOR,
      width: 2,
      height: HEIGHT - FLOOR,
      fill: '#779977',
    });
  }
  for (const { from, to, radius } of limbs) {
    const ends = [from, to].map((end) => [across(end[0]), down(end[2])] as const);
    shapes.push(stroke(ends[0], ends[1], 2 * radius * SCALE, '#cc9966'));
    for (const [cx, cy] of ends) {
      shapes.push({ kind: 'circle', x: cx, y: cy, radius: radius * SCALE, fill: '#bb8855' });
    }
  }
  return { width: WIDTH, height: HEIGHT, background: '#ffffff', shapes };
}
