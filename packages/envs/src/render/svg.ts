/** Scenes and frames as SVG documents. */
import type { Frame } from './frame.ts';
import { encodePng } from './png.ts';
import type { Scene, Shape } from './scene.ts';

const NUMBER_DIGITS = 3;

const text = (x: number): string => String(Number(x.toFixed(NUMBER_DIGITS)));

function element(shape: Shape): string {
  switch (shape.kind) {
    case 'rectangle':
      return `<rect x="${text(shape.x)}" y="${text(shape.y)}" width="${text(shape.width)}" height="${text(shape.height)}" fill="${shape.fill}"/>`;
    case 'circle':
      return `<circle cx="${text(shape.x)}" cy="${text(shape.y)}" r="${text(shape.radius)}" fill="${shape.fill}"/>`;
    case 'polygon': {
      const points = shape.points.map(([x, y]) => `${text(x)},${text(y)}`).join(' ');
      return `<polygon points="${points}" fill="${shape.fill}"/>`;
    }
  }
}

const document = (width: number, height: number, content: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${content}</svg>`;

/** A scene as an SVG document. */
export function sceneToSvg({ width, height, background, shapes }: Scene): string {
  const ground = `<rect width="${width}" height="${height}" fill="${background}"/>`;
  return document(width, height, ground + shapes.map(element).join(''));
}

/** A frame as an SVG document that holds it as a PNG image, pixels kept sharp. */
export function frameToSvg(frame: Frame): string {
  const { width, height } = frame;
  let binary = '';
  for (const byte of encodePng(frame)) binary += String.fromCharCode(byte);
  const href = `data:image/png;base64,${btoa(binary)}`;
  return document(
    width,
    height,
    `<image width="${width}" height="${height}" style="image-rendering:pixelated" href="${href}"/>`,
  );
}
