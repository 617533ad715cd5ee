import { packageBuild } from '../../tsup.base.ts';

export default packageBuild({ entry: { index: 'src/index.ts', mnist: 'src/mnist.ts' }, platform: 'neutral' });
