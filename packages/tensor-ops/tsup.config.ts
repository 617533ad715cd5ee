import { packageBuild } from '../../tsup.base.ts';

// One build of all entries: what they share, the Tensor class above all, goes into common chunks.
export default packageBuild({
  entry: {
    index: 'src/index.ts',
    control: 'src/control/index.ts',
    conv: 'src/conv/index.ts',
    debug: 'src/debug/index.ts',
    optim: 'src/optim/index.ts',
    nn: 'src/nn/index.ts',
    distributions: 'src/distributions/index.ts',
    io: 'src/io/index.ts',
    onnx: 'src/onnx/index.ts',
    linalg: 'src/linalg/index.ts',
    tensorflow: 'src/executors/tensorflow/index.ts',
  },
  platform: 'neutral',
});
