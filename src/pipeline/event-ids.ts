/** Global ids of a batch's events: that of the first, which the others follow, or the id of each. */
export type EventIds = number | readonly number[];

export function eventAt(ids: EventIds, row: number): number {
  return typeof ids === 'number' ? ids + row : ids[row]!;
}
