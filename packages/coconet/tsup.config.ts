import { packageBuild } from '../../tsup.base.ts';

export default packageBuild({
  entry: { index: 'src/index.ts', node: 'src/node.ts', weights: 'src/weights.ts' },
  platform: 'neutral',
});
