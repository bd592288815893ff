/** Weight of something `age` old when weight halves every `halfLife` (same unit). In (0, 1]; ages below 0 count as 0. */
export function halfLifeWeight(age: number, halfLife: number): number {
  return age <= 0 ? 1 : 2 ** (-age / halfLife);
}
