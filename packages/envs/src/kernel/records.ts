/** Records with a value for each agent. */

/** A function that makes records of the values of some agents, in their order. */
export function recordMaker(agents: readonly string[]): <T>(values: ArrayLike<T>) => Record<string, T> {
  // A loop of assignments: `Object.fromEntries` takes several times as long, and steps consist of little else.
  return <T>(values: ArrayLike<T>) => {
    const record: Record<string, T> = {};
    for (let i = 0; i < agents.length; i++) record[agents[i]] = values[i];
    return record;
  };
}
