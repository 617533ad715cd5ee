/** Tables of errors. */
import { expect, test } from 'vitest';

export type Case = readonly [message: string, action: () => unknown];

/** What JavaScript callers can pass against the types. */
export const wrong = (x: unknown) => x as never;

/** Each action throws an error of the given name with exactly the message. */
export const expectErrors = (name: string, cases: readonly Case[]): void => {
  test.each(cases)('%s', (message, action) => {
    expect(action).toThrow(expect.objectContaining({ name, message }));
  });
};
