/**
 * A simulated fleet: hosts of some roles. Hosts of a role share their role's programs and habits, all hosts share what every
 * host runs; each has its own address, and no law of this is the model's.
 */
import { programsOf, simulate } from './simulated-world.mjs';

const SYLLABLES = 'ba ke li mo nu ra se ti vo zu da fe gi ho ju pa'.split(' ');

/** A word that no other number below 256 has: digits would be generalised away. */
const wordOf = (i) => SYLLABLES[i % 16] + SYLLABLES[Math.floor(i / 16) % 16];

/**
 * @param seed      of everything
 * @param roles     their names, each with its number of hosts
 * @param days      how long it is watched
 * @param processes that start on a host a day
 * @returns hosts with their role, and rows in the order of time, which name no role
 */
export function simulateFleet({ seed, roles, days, processes }) {
  const everywhere = programsOf(seed * 97 + 1);
  const hosts = [];
  const rows = [];
  roles.forEach(([role, count], r) => {
    // A third of what a host runs every host runs.
    const shared = programsOf(seed * 97 + 11 + r).map((program, i) => (i % 3 === 2 ? everywhere[i] : program));
    for (let i = 0; i < count; i++) {
      const number = hosts.length;
      const host = `${role}-${wordOf(number)}`;
      hosts.push({ host, role, saddr: `10.${70 + r}.${number}.5` });
      const own = { seed: seed * 1009 + number, seconds: days * 86_400, processes: days * processes, shared, host };
      for (const row of simulate({ ...own, first: number * 1_000_000 })) rows.push(addressed(row, number, r));
    }
  });
  return { hosts, rows: rows.sort((a, b) => (a.ts < b.ts ? -1 : a.ts > b.ts ? 1 : 0)) };
}

function addressed(row, number, r) {
  return row.saddr === undefined ? row : { ...row, saddr: `10.${70 + r}.${number}.5` };
}
