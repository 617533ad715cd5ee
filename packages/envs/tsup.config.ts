import { packageBuild } from '../../tsup.base.ts';

export default packageBuild({
  entry: { index: 'src/index.ts', mujoco: 'src/environments/mujoco/index.ts' },
  platform: 'neutral',
});
