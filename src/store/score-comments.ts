import { COLUMNS } from '../tuple/columns.js';
import { CALLER, type Described, EVENT, RUN } from './described.js';
import { JOINT_PARTS } from './joint.js';

const jointParts = (): Record<string, string> =>
  Object.fromEntries(
    JOINT_PARTS.flatMap((i) => [
      [`feature_${i}`, i === 1 ? 'the feature that adds most to the score: see models/windows.yaml' : 'the next one'],
      [`value_${i}`, 'what the window held of it'],
      [`expected_${i}`, "what goes with the window's other features"],
      [`typical_${i}`, 'what windows of its group hold on average (of counts and volumes the mean of log1p)'],
      [`bits_${i}`, 'what it adds to the score'],
    ]),
  );

/** Events, and what scoring said of them. */
export const DESCRIBED_SCORES: Readonly<Record<string, Described>> = {
  events: {
    object: 'VIEW',
    doc: 'every stored event with its texts; "group" needs quotes',
    columns: {
      event: 'global id of the event',
      run: RUN,
      batch: 'the batch it came in: see batches',
      row: 'position in its run, from 0',
      ...Object.fromEntries(COLUMNS.map((c) => [c.name, c.doc])),
    },
  },
  scores: {
    object: 'TABLE',
    doc: 'how surprising each scored event was; the by_ columns sum to bits',
    columns: {
      event: EVENT,
      run: RUN,
      snapshot: 'the baseline that scored: see snapshots',
      dims: '15, or 5 for the five-tuple alone',
      bits: 'surprisal in bits; higher is more anomalous',
      ln_p: 'natural logarithm of the calibrated p',
      extrapolated: 'beyond the calibration data, by the exponential tail',
      few: 'fewer than 1,000 calibration units',
      calibration_group: 'row of the group it was calibrated in, in its snapshot',
    },
  },
  findings: {
    object: 'VIEW',
    doc: 'events below the line, by process tree, with what they were',
    columns: {
      finding: 'number of the finding',
      dims: '15, or 5 for the five-tuple alone',
      rank: 'rank of the process tree in its run; 1 is the most anomalous',
      tree: 'process tree',
      tree_ln_p: 'ln p of the tree: its smallest plus ln(distinct signatures), at most 0',
      ln_p: 'ln p of the event',
      hosts: 'hosts that showed the same: one finding, its trees have one rank',
      announced: 'the announced change that covers it: see announcements',
    },
  },
  windows: {
    object: 'VIEW',
    doc: 'minutes of subjects (host, exe, user) and of whole hosts, each by its most surprising window',
    columns: {
      run: RUN,
      minute: 'beginning of the minute; of a silence the last minute of the hour',
      host: 'host',
      whole_host: 'of all that the host did, not of one subject',
      exe: 'program of the subject',
      user: 'user of the subject',
      feature: 'what was counted: see models/windows.yaml; null where nothing was surprising',
      size_s: 'seconds of the window; a window that is not over counts by what it held at the end of the minute',
      value: 'what the window held; of a silence seconds',
      typical: 'what is expected of a window that holds something',
      lost: 'share of the events of the host that was lost in the minute',
      window_ln_p: 'ln p of that window alone, a score',
      bits: 'the score of the minute: −log2 of the smallest p of its windows',
      ln_p: 'natural logarithm of the p of the score among the minutes of its group',
      units: 'minutes it was ranked among; 0 for a silence, whose ln_p is its own rank',
    },
  },
  joint: {
    object: 'VIEW',
    doc: 'windows of subjects (host, exe, user) and of whole hosts, all features judged together as one vector',
    columns: {
      run: RUN,
      minute: 'beginning of the last minute of the window',
      host: 'host',
      whole_host: 'of all that the host did, not of one subject',
      exe: 'program of the subject',
      user: 'user of the subject',
      size_s: 'seconds of the window',
      bits: 'the score: how far the vector is from the windows of its group; what all features add sums to it',
      ln_p: 'natural logarithm of the p of the score among the vectors of its group',
      units: 'vectors it was ranked among',
      ...jointParts(),
    },
  },
  rhythms: {
    object: 'VIEW',
    doc: 'pairs that keep a rhythm in what was scored, the oddest first; texts are generalised',
    columns: {
      run: RUN,
      rank: 'place in its run: findings, other new ones, then those that training knew',
      ...CALLER,
      beats: 'calls heard, bursts counted once, at most the newest 1,024',
      period_s: 'seconds from beat to beat',
      jitter: 'half-width of the jitter, as a share of the period',
      missed: 'share of the beats that were due and not heard, silences apart',
      next: 'when the next beat is due',
      ln_p: 'ln p of the gate: how surely this is a rhythm, not how odd it is',
      ln_rank: 'ln of the rank of its regularity among the pairs of its program, or of all',
      bits: 'surprisal of a rhythm of its octave, given program, port, role and host',
      score: 'how odd it is, nats: bits × ln 2 − ln_rank',
      known: 'the pair kept this rhythm in training',
      finding: 'not known, and odd enough',
    },
  },
};
