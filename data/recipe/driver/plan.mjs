// Makes the plan of a capture: what is started when, from a seed. Printing it changes nothing and needs no root:
//   node data/recipe/driver/plan.mjs score 2 480
import { fileURLToPath } from 'node:url';
import { NORMAL } from './normal-work.mjs';
import { makeRandom } from './random.mjs';
import { SCORE_STEPS } from './score-steps.mjs';
import { TUNE_STEPS } from './tune-steps.mjs';

const SPECIAL = { train: [], score: SCORE_STEPS, tune: TUNE_STEPS };

/** Name of a plan, whole number, length in seconds → steps {at, id, where, user?, argv, label?}, by time. */
export function makePlan(name, seed, seconds) {
  const random = makeRandom(seed * 7919 + name.length);
  const steps = [];
  NORMAL.forEach(({ every, make }, kind) => {
    let number = 0;
    for (let at = random.wait(every); at < seconds - 3; at += random.wait(every)) {
      steps.push({ at, id: `n${kind}-${number++}`, ...make(random) });
    }
  });
  for (const step of spread(SPECIAL[name], random, seconds)) steps.push(step);
  return steps.sort((a, b) => a.at - b.at);
}

/** Places labelled steps in a shuffled order, one in each equal part of the time between 8 % and 85 %. */
function spread(list, random, seconds) {
  const part = (0.77 * seconds) / Math.max(1, list.length);
  return random.some(list, list.length).map((label, i) => {
    const at = 0.08 * seconds + (i + 0.1 + 0.5 * random.next()) * part;
    return { at, id: label.id, where: 'world', argv: label.argv, label };
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [name = 'train', seed = '1', seconds = '480'] = process.argv.slice(2);
  for (const s of makePlan(name, Number(seed), Number(seconds))) {
    console.log(`${s.at.toFixed(1).padStart(7)}  ${s.id.padEnd(28)} ${s.where.padEnd(6)} ${s.argv.join(' ')}`);
  }
}
