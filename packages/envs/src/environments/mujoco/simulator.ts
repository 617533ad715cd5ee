/** One model in MuJoCo and the memory to simulate it in. */
import type { MainModule, MjData, MjModel } from '@mujoco/mujoco';

/** Windows on MuJoCo's memory. Reading one of its properties costs microseconds, so they are kept. */
interface Views {
  readonly qpos: Float64Array;
  readonly qvel: Float64Array;
  readonly warmStart: Float64Array;
  readonly ctrl: Float64Array;
  /** [bodies, 3]: where bodies were when forces were last computed. */
  readonly bodies: Float64Array;
  /** [bodies, 6]: torques and forces of contacts on bodies. */
  readonly forces: Float64Array;
}

/** A geom as a capsule between two points; a sphere where they are one. */
export interface Limb {
  readonly from: readonly [number, number, number];
  readonly to: readonly [number, number, number];
  readonly radius: number;
}

/** Any time but 0, to which MuJoCo's clock returns when it starts again by itself. */
const CLOCK = 1;

const CAPSULE = 3;
const PLANE = 0;

/**
 * Simulates any number of instances of a model one after another: what an instance must remember is its positions,
 * velocities and `warmStart`, the accelerations that the solver of contacts starts from.
 */
export class Simulator {
  readonly positions: number;
  readonly velocities: number;
  readonly bodies: number;
  /** Positions of the model at rest. */
  readonly atRest: Float64Array;
  private readonly mujoco: MainModule;
  private readonly model: MjModel;
  private readonly data: MjData;
  private current: Views | undefined;

  constructor(mujoco: MainModule, mjcf: string) {
    this.mujoco = mujoco;
    this.model = mujoco.MjModel.from_xml_string(mjcf);
    this.data = new mujoco.MjData(this.model);
    this.positions = this.model.nq;
    this.velocities = this.model.nv;
    this.bodies = this.model.nbody;
    this.atRest = Float64Array.from(this.model.qpos0 as Float64Array);
  }

  /** The windows; made anew when MuJoCo's memory has grown, which empties the old ones. */
  get views(): Views {
    if (this.current === undefined || this.current.qpos.length === 0) {
      const { data } = this;
      this.current = {
        qpos: data.qpos,
        qvel: data.qvel,
        warmStart: data.qacc_warmstart,
        ctrl: data.ctrl,
        bodies: data.xpos,
        forces: data.cfrc_ext,
      };
    }
    return this.current;
  }

  /** Begins with the positions and velocities given: computes what follows from them. */
  start(qpos: ArrayLike<number>, qvel: ArrayLike<number>): void {
    this.mujoco.mj_resetData(this.model, this.data);
    const { views } = this;
    views.qpos.set(qpos);
    views.qvel.set(qvel);
    this.mujoco.mj_forward(this.model, this.data);
  }

  /**
   * Advances what `views` hold by `count` steps of the model, and computes the forces of contacts afterwards if asked.
   *
   * @returns false when the simulation diverged, after which the views mean nothing.
   */
  advance(count: number, withForces: boolean): boolean {
    const { mujoco, model, data } = this;
    data.time = CLOCK;
    for (let k = 0; k < count; k++) mujoco.mj_step(model, data);
    if (withForces) mujoco.mj_rnePostConstraint(model, data);
    const { qpos, qvel } = this.views;
    return data.time > CLOCK && qpos.every(Number.isFinite) && qvel.every(Number.isFinite);
  }

  /** The limbs of the robot in some positions, far ones first for one who looks along y. */
  limbs(qpos: ArrayLike<number>): readonly Limb[] {
    const { mujoco, model, data } = this;
    this.views.qpos.set(qpos);
    mujoco.mj_kinematics(model, data);
    const [centres, axes, sizes, types] = [data.geom_xpos, data.geom_xmat, model.geom_size, model.geom_type];
    return Array.from(types as Int32Array, (type, g): Limb => {
      const radius = sizes[3 * g];
      const half = type === CAPSULE ? sizes[3 * g + 1] : 0;
      // The third column of the geom's orientation is the direction of a capsule.
      const end = (sign: number) =>
        [0, 1, 2].map((i) => centres[3 * g + i] + sign * half * axes[9 * g + 3 * i + 2]);
      const [from, to] = [end(-1), end(1)] as unknown as [Limb['from'], Limb['to']];
      return { from, to, radius };
    })
      .filter((_, g) => types[g] !== PLANE)
      .sort((a, b) => b.from[1] + b.to[1] - (a.from[1] + a.to[1]));
  }
}
