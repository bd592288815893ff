/** Values of a column and which of them are there; null stands for what is not. */
export function nullable<T>(values: readonly (number | null)[], type: { from(values: Iterable<number>): T }) {
  const valid = new Uint8Array(Math.ceil(values.length / 8));
  values.forEach((value, i) => {
    if (value !== null) valid[i >> 3]! |= 1 << (i & 7);
  });
  return { values: type.from(values.map((value) => value ?? 0)), valid };
}
