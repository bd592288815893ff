/**
 * Joint vectors of windows through the code that ships: workers' `run`, Trainer, freeze, WindowScorer. Worlds in which the features
 * of a subject go together, by laws that the model does not assume (bench/joint-world.mjs): how many normal vectors fall
 * below 0.01, 0.001 and 10⁻⁴, and of ten-minute oddities that no single feature shows how many do, beside what the windows of
 * those ten minutes say one by one.
 *
 *   node bench/joint-windows.mjs [--seed N] [--seeds N] [--law NAME]… [--case NAME]… [--json]
 *
 * `long` learns eight days and scores the next two; `short` learns one day and scores the next.
 */
import { parseArgs } from 'node:util';
import { Baseline } from '../dist/baseline/baseline.js';
import { KIND } from '../dist/baseline/cells.js';
import { ContextTable } from '../dist/baseline/contexts.js';
import { freezeVectors } from '../dist/baseline/joint/freeze-vectors.js';
import { JointGroups } from '../dist/baseline/joint/joint-groups.js';
import { judgeVectors } from '../dist/baseline/joint/judge-vectors.js';
import { learningModel } from '../dist/baseline/learning/spec.js';
import { WindowBursts } from '../dist/baseline/learning/window-bursts.js';
import { baselineModel } from '../dist/baseline/model.js';
import { Roles } from '../dist/baseline/roles.js';
import { Segments } from '../dist/baseline/segments.js';
import { readHours } from '../dist/baseline/window/read-hours.js';
import { Trainer } from '../dist/pipeline/trainer.js';
import run from '../dist/pipeline/worker.js';
import { WindowScorer } from '../dist/score/window-scorer.js';
import { DAY, eventsOf, LAWS, ODDITIES, Subject } from './joint-world.mjs';
import { Feeder, KEY } from './simulated-feed.mjs';

const LIMITS = [0.01, 0.001, 1e-4];
const SUBJECTS = 6;
const CASES = { long: { learned: 8, scored: 2 }, short: { learned: 1, scored: 1 } };
/** Monday 2026-06-01. */
const START_MINUTE = Date.UTC(2026, 5, 1) / 60_000;
const SPAN = 10;
/** An oddity each so many hours of a subject, made of a half hour in which it was busy. */
const EVERY_HOURS = 4;

class Shares {
  n = 0;
  below = LIMITS.map(() => 0);

  add(lnP) {
    this.n++;
    LIMITS.forEach((limit, i) => {
      if (lnP <= Math.log(limit)) this.below[i]++;
    });
  }

  with(other) {
    this.n += other.n;
    this.below = this.below.map((n, i) => n + other.below[i]);
    return this;
  }
}

/** What all subjects do, minute by minute, from minute `from` of the world to `to`. */
function* minutes(world, from, to) {
  for (let m = from; m < to; m++) yield { m, did: world.map((subject) => subject.minute(m)) };
}

function rowsOf(world, { m, did }) {
  const us = BigInt(START_MINUTE + m) * 60_000_000n;
  return world.flatMap((subject, i) => eventsOf(subject, did[i], us));
}

/** Of all half hours one in which more was done than in five of six. */
function busyHalf(halves) {
  const amount = (half) => half.reduce((sum, did) => sum + (did.connections ?? did.accepts ?? did.execs), 0);
  return halves.sort((a, b) => amount(a) - amount(b))[Math.floor((5 / 6) * halves.length)];
}

/** What freezing vectors and judging one costs, of a baseline's state as it stands. */
function costOf(baseline, snapshot) {
  const { cells, contexts, segments } = baseline.tables([]);
  const model = baselineModel();
  const [table, known] = [new ContextTable(), new Segments()];
  table.addAll(contexts);
  for (const { segment, host, day } of segments) known.add(segment, host, day);
  const sections = new Map();
  const roles = new Roles();
  const bursts = WindowBursts.read(cells, table, known, roles, learningModel().constants);
  const state = { cells, contexts: table, segments: known, roles, leftOut: [], bursts };
  const freezeMs = cpu(() => freezeVectors(state, model, model.constants, sections));
  const sectionBytes = [...sections.values()].reduce((sum, array) => sum + array.byteLength, 0);
  const groups = JointGroups.read(snapshot);
  const hours = readHours(state, model.windows);
  let vectors = 0;
  const judgeMs = cpu(() => {
    for (const hour of hours) vectors += judgeVectors(hour, groups, state.roles, model).length;
  });
  const cellsOf = (kind) => cells.kind.filter((of) => of === kind).length;
  const counts = { vectorCells: cellsOf(KIND.joint), windowCells: cellsOf(KIND.window) };
  return { freezeMs, sectionBytes, judgeUs: (1000 * judgeMs) / vectors, ...counts };
}

function* batches(feeder, rows) {
  for (const { task } of feeder.batches(rows)) yield run({ task: 'learn', ...task, endUs: 1n << 62n });
}

/** Learns so many days; remembers a busy half hour of each subject, and what freezing and judging costs. */
function learn(world, days) {
  const feeder = new Feeder();
  const baseline = new Baseline(baselineModel(), KEY);
  const trainer = new Trainer(baseline);
  const halves = world.map(() => []);
  for (let day = 0; day < days; day++) {
    const all = [...minutes(world, day * DAY, (day + 1) * DAY)];
    for (const result of batches(
      feeder,
      all.flatMap((one) => rowsOf(world, one)),
    )) {
      trainer.take(result, (code) => feeder.table.value(code));
    }
    world.forEach((_, i) => {
      for (let m = 0; m < all.length; m += 30) halves[i].push(all.slice(m, m + 30).map((one) => one.did[i]));
    });
  }
  const busy = halves.map(busyHalf);
  baseline.advance();
  const snapshot = baseline.freeze();
  return { snapshot, busy, cost: costOf(baseline, snapshot) };
}

/** Minutes of the subjects, each with the program's name. */
function score(snapshot, rows) {
  const feeder = new Feeder();
  const names = new Map();
  const found = [];
  const scorer = new WindowScorer(baselineModel(), snapshot, (scores) => found.push(...scores));
  for (const { windows } of batches(feeder, rows)) {
    const { parts, origins } = windows;
    for (let i = 0; i < origins.length; i++) {
      names.set(`${parts[2 * i + 1]}:${parts[2 * i]}`, feeder.table.value(origins[i])?.whole);
    }
    scorer.take(windows);
  }
  scorer.finish();
  const ofSubjects = found.filter(({ entity }) => entity.kind === 'subject');
  return ofSubjects.map((one) => ({ ...one, exe: names.get(`${one.entity.exe.hi}:${one.entity.exe.lo}`) }));
}

/** Which ten minutes of which subject become odd: one each few hours. */
function oddities(world, from, to) {
  const list = [];
  for (let hour = from / 60; hour < to / 60; hour += EVERY_HOURS) {
    world.forEach((subject, i) => {
      const window = Math.floor(subject.chance.uniform() * ((EVERY_HOURS * 60) / SPAN));
      list.push({ i, at: hour * 60 + window * SPAN, offset: Math.floor(subject.chance.uniform() * 20) });
    });
  }
  return list;
}

/** Puts oddities into what subjects did. */
function spoil(world, all, from, list, busy) {
  const spoilt = all.map(({ m, did }) => ({ m, did: [...did] }));
  for (const { i, at, offset } of list) {
    const { change } = ODDITIES[world[i].program];
    for (let m = 0; m < SPAN; m++) spoilt[at + m - from].did[i] = change(busy[i][offset + m]);
  }
  return spoilt;
}

/** The smallest ln p of ten minutes of a subject, by its windows one by one and by its vector. */
function leastOf(found) {
  const least = new Map();
  const note = (key, lnP) => least.set(key, Math.min(least.get(key) ?? 0, lnP));
  for (const { exe, minute, lnP, units, joint } of found) {
    const place = `${exe} ${Math.floor((minute - START_MINUTE) / SPAN)}`;
    if (units > 0) note(`windows ${place}`, lnP);
    if (joint !== undefined) note(`joint ${place}`, joint.lnP);
  }
  return least;
}

function measure(law, name, seed) {
  const { learned, scored } = CASES[name];
  const world = Array.from({ length: SUBJECTS }, (_, i) => new Subject(law, i, seed));
  const { snapshot, busy, cost } = learn(world, learned);
  const [from, to] = [learned * DAY, (learned + scored) * DAY];
  const all = [...minutes(world, from, to)];
  const rows = (these) => these.flatMap((one) => rowsOf(world, one));
  const normal = new Shares();
  for (const { joint } of score(snapshot, rows(all))) if (joint !== undefined) normal.add(joint.lnP);
  const list = oddities(world, from, to);
  const least = leastOf(score(snapshot, rows(spoil(world, all, from, list, busy))));
  const odd = {};
  for (const { i, at } of list) {
    const { program, exe } = world[i];
    odd[ODDITIES[program].name] ??= { windows: new Shares(), joint: new Shares() };
    for (const [kind, shares] of Object.entries(odd[ODDITIES[program].name])) {
      shares.add(least.get(`${kind} ${exe} ${at / SPAN}`) ?? 0);
    }
  }
  return { law, case: name, seed, normal, odd, card: snapshot.card.vectors, cost };
}

/** CPU milliseconds. */
function cpu(task) {
  const before = process.cpuUsage();
  task();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

const percent = (n, of) => `${((100 * n) / Math.max(1, of)).toFixed(n / Math.max(1, of) < 0.0095 ? 3 : 2)} %`;
const list = ({ n, below }) => below.map((b) => percent(b, n)).join(' / ');

function print({ law, case: name, seed, normal, odd, card, cost }) {
  console.log(`${name.padEnd(6)}${law.padEnd(13)}seed ${seed}  ${normal.n} vectors, below ${list(normal)}`);
  for (const [what, { windows, joint }] of Object.entries(odd)) {
    console.log(`      ${what.padEnd(40)} ${joint.n}: joint ${list(joint)}; windows one by one ${list(windows)}`);
  }
  const { freezeMs, judgeUs, sectionBytes, vectorCells, windowCells } = cost;
  const size = `${(sectionBytes / card.groups / 1000).toFixed(0)} kB a group, ${vectorCells} cells beside ${windowCells} of windows`;
  console.log(
    `      ${card.groups} groups, ${card.rows} rows, ${size}, ranked among ${Math.round(card.units)} (${card.history}); ` +
      `CPU: freeze ${freezeMs.toFixed(0)} ms, a vector ${judgeUs.toFixed(0)} µs`,
  );
}

if (import.meta.filename === process.argv[1]) {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      seeds: { type: 'string', default: '1' },
      law: { type: 'string', multiple: true, default: Object.keys(LAWS) },
      case: { type: 'string', multiple: true, default: Object.keys(CASES) },
      json: { type: 'boolean', default: false },
    },
  });
  const all = new Map();
  for (const name of values.case) {
    for (const law of values.law) {
      for (let s = 0; s < Number(values.seeds); s++) {
        const found = measure(law, name, Number(values.seed) + s);
        if (values.json) console.log(JSON.stringify(found));
        else print(found);
        const sum = all.get(name) ?? new Shares();
        all.set(name, sum.with(found.normal));
      }
    }
  }
  if (!values.json) for (const [name, sum] of all) console.log(`${name}: of ${sum.n} vectors below ${list(sum)}`);
}
