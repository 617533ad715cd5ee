/** Lets timers and signals in between computations that do not wait for anything. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
