/** Pictures in the form that was asked for. */
import { ArgumentError } from '@descant/tensor-ops';
import type { RenderMode } from '../interfaces/common.ts';
import { show } from '../spaces/space.ts';
import type { Frame } from './frame.ts';
import { rasterize } from './rasterize.ts';
import type { Scene } from './scene.ts';
import { frameToSvg, sceneToSvg } from './svg.ts';

/** A picture as an SVG document or as pixels. */
export function renderPicture(fn: string, picture: Scene | Frame, mode: RenderMode): string | Frame {
  const isFrame = 'data' in picture;
  if (mode === 'svg') return isFrame ? frameToSvg(picture) : sceneToSvg(picture);
  if (mode === 'rgb') return isFrame ? picture : rasterize(picture);
  throw new ArgumentError(fn, 'mode', 'be text, svg or rgb', show(mode));
}
