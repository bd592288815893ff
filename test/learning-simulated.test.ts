import { expect, it } from 'vitest';
import { follow } from '../bench/poisoning.mjs';
import { poisonedDays } from '../bench/poisoning-world.mjs';

interface Course {
  readonly attacks: { readonly connection: { readonly events: boolean } };
  readonly normal: number;
  readonly events: number;
}

it('on a simulated fleet a bad connection is alerted on its 20th day, without quarantine on its first alone', {
  timeout: 240_000,
}, () => {
  const days = poisonedDays(1, 60, ['connection']);
  const alertedOn = (course: readonly Course[]) => course.filter((day) => day.attacks.connection.events).length;
  const guarded: Course[] = follow(days, true).courses;
  const open: Course[] = follow(days, false).courses;
  expect(guarded).toHaveLength(20);
  expect(guarded.at(-1)!.attacks.connection.events).toBe(true);
  expect(alertedOn(guarded)).toBeGreaterThanOrEqual(18);
  expect(alertedOn(open)).toBeLessThanOrEqual(2);
  // What is normal costs under one alert in two days more.
  const alerts = (course: readonly Course[]) => course.reduce((sum, day) => sum + day.events, 0);
  expect(alerts(guarded) - alerts(open)).toBeLessThanOrEqual(10);
});
