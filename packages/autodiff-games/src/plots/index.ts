/** Pictures of games and of learning in them: options for Observable Plot, in browsers and on servers. */

export { type BasinPlotOptions, type BasinPoint, basinPlot } from './basins.ts';
export { type Curve, type CurvesOptions, curvesPlot } from './curves.ts';
export { type HeatCell, type HeatMapOptions, heatMapPlot } from './heat-map.ts';
export { type PolytopeOptions, polytopePlot } from './polytope.ts';
export { type Mixture, type SimplexOptions, simplexPlot } from './simplex.ts';
export { type Axis, type PictureOptions, type Point, playerColours } from './style.ts';
export { type TrajectoryOptions, trajectoryPlot } from './trajectories.ts';
export { type VectorFieldOptions, vectorFieldPlot } from './vector-field.ts';
