import { identifier, literal } from '../duck/sql-text.js';
import { COLUMNS } from '../tuple/columns.js';
import { QUARANTINE_COLUMNS } from '../tuple/learned.js';
import { JOINT_PARTS } from './joint.js';
import { DESCRIBED_LEARNED } from './learned-comments.js';

export interface Described {
  readonly object: 'TABLE' | 'VIEW';
  readonly doc: string;
  readonly columns: Readonly<Record<string, string>>;
}

const RUN = 'the run: see runs';
const EVENT = 'global id of the event: see events';
const HASH = 'keyed 64-bit hash';

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

const DESCRIBED: Readonly<Record<string, Described>> = {
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
  contexts_named: {
    object: 'VIEW',
    doc: 'what dimensions are conditioned on, with texts',
    columns: {
      context: HASH,
      factor: 'position of the factor in models/factors.yaml',
      rung: 'rung of its ladder, 0 is the coarsest',
      value: 'text of the part of the key that this rung adds',
      parent: 'the context on the coarser rung',
      parent_value: 'text of the part that the parent added',
    },
  },
  cells_named: {
    object: 'VIEW',
    doc: 'everything learned: additive counts, with texts',
    columns: {
      kind: 'kind of learned state',
      host: 'host of the segment',
      day: 'UTC day of the segment',
      context: `${HASH}: see contexts_named`,
      value: 'text of the value counted',
      value_hash: HASH,
      n: 'how often, in the unit of the kind',
      s: 'fixed-point sum, in the unit of the kind',
    },
  },
  rhythms: {
    object: 'VIEW',
    doc: 'pairs that keep a rhythm in what was scored, the oddest first; texts are generalised',
    columns: {
      run: RUN,
      rank: 'place in its run: findings, other new ones, then those that training knew',
      host: 'who calls',
      exe: 'its program; null where the source knows none',
      user: 'its user; null where the source knows none',
      saddr: 'source address where the program is unknown',
      daddr: 'who is called',
      dport: 'at which port',
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
  alerts: {
    object: 'VIEW',
    doc: 'what the decider let through: minutes of subjects and hosts, one an hour and subject',
    columns: {
      run: RUN,
      alert: 'place in its run, in the order of time',
      minute: 'its first minute',
      worst: 'the minute that is told: the oddest within the hour',
      host: 'host',
      whole_host: 'of all that the host did, not of one subject',
      exe: 'program of the subject',
      user: 'user of the subject',
      score: 'what its evidence is worth together (Cauchy), nats',
      ln_p: 'natural logarithm of the p of the score among the minutes that training judged',
      threshold_ln_p: 'ln p that an alert needed in its first minute',
      closed_form: 'p is by the closed form of the combination: too few minutes were judged in training',
      updates: 'how often it became worse',
    },
  },
  alert_evidence: {
    object: 'VIEW',
    doc: 'what carries an alert, the most anomalous first',
    columns: {
      run: RUN,
      alert: 'see alerts',
      rank: '1 is the most anomalous',
      kind: 'event, window, joint (all features of a window) or rhythm',
      ln_p: 'natural logarithm of its own p',
      trust: 'how much its calibration is trusted: it counts as p^trust',
      event: EVENT,
      row: 'its position in its run, from 0',
      ts: 'when it happened',
      syscall: 'what it did',
      args: 'command line of its process',
      path: 'its file',
      daddr: 'its destination',
      dport: 'and port',
      minute: 'minute of the window',
      whole_host: 'the window is of all that the host did',
      feature: 'what the window counted: see windows',
      size_s: 'seconds of the window',
      value: 'what the window held',
      typical: 'what is expected of a window that holds something',
      rhythm: 'rank of the rhythm in its run: see rhythms',
    },
  },
  quarantine: {
    object: 'VIEW',
    doc: 'signatures that were too odd to be learned at once, and what became of them',
    columns: {
      id: 'names the signature: see quince quarantine',
      dims: '15, or 5 for the five-tuple alone',
      state: 'held, released, accepted or rejected; held and rejected are not learned',
      reason:
        'score (a low p), peers (enough hosts of its role), days (it came back), person, announced (a change that was announced)',
      first_day: 'UTC day of its first score',
      last_day: 'UTC day of its newest score',
      days: 'UTC days it was scored on while it was held',
      hosts: 'hosts that showed the same, itself included',
      ln_p: 'natural logarithm of its smallest p',
      run: 'the run that changed it last: see runs',
      alike: 'the same on other hosts of the role has the same value here',
      ...Object.fromEntries(QUARANTINE_COLUMNS.map((name) => [name, `${name} of the signature`])),
    },
  },
  verdicts: {
    object: 'VIEW',
    doc: 'what persons said is normal, until when, and why',
    columns: {
      verdict: 'number of the verdict',
      state: 'in force, expired (by the newest day learned) or revoked',
      scope: 'host, role or everywhere',
      role: 'of scope role the role',
      until: 'the last UTC day on which it counts, by the time of events',
      weight: 'presences that it counts for in each context',
      by: 'who said so',
      why: 'why',
      made: 'wall clock when it was said',
      revoked: 'wall clock when it was taken back; null where it was not',
      event: 'the event it was said of: see events',
      signature: `${HASH} of the signature that is accepted`,
      ...Object.fromEntries(QUARANTINE_COLUMNS.map((name) => [name, `${name} of that event`])),
    },
  },
  announcements: {
    object: 'VIEW',
    doc: 'announced changes, and what they covered in all runs',
    columns: {
      announcement: 'number of the announcement',
      name: 'what it is called',
      state: 'in force, over (by the newest event) or cancelled',
      from: 'first moment covered, by the time of events',
      until: 'first moment no longer covered',
      hosts: 'JSON list of hosts; empty for all',
      exes: 'JSON list of programs, or folders of programs; empty for all',
      made: 'wall clock when it was announced',
      cancelled: 'wall clock when it was cancelled; null where it was not',
      trees: 'process trees that would have been findings',
      rows: 'rows of these trees',
      units: 'units (signature, day) that were learned at once in place of being held',
    },
  },
  runs: {
    object: 'TABLE',
    doc: 'what was trained, scored and recorded',
    columns: {
      run: 'number of the run',
      kind: 'train, score, record, import, unlearn, quarantine, verdict or announce',
      key: 'runs with one kind and key are one run',
      started: 'wall clock at its start',
      finished: 'wall clock at its end; null while it runs and after a kill',
      snapshot: 'the baseline that scores',
      params: 'settings',
      input: 'files',
      rows: 'rows read',
      bad: 'bad rows by reason',
    },
  },
  batches: {
    object: 'TABLE',
    doc: 'batches stored; a run has each once',
    columns: {
      batch: 'number of the batch',
      id: 'name of the batch for ever',
      run: RUN,
      rows: 'events in it',
      first_event: 'id of its first event',
      first_row: 'position of its first event in the run',
    },
  },
  snapshots: {
    object: 'VIEW',
    doc: 'frozen baselines, without their bytes',
    columns: {
      snapshot: 'number of the snapshot',
      kind: 'what it scores',
      as_of: 'event time up to which it knows',
      created_run: 'the run that made it',
      checksum: 'of its bytes',
      size: 'bytes',
      card: 'what it was learned from',
    },
  },
};

/** COMMENT ON statements for all tables and views that analysts read. */
export function commentStatements(): string[] {
  return Object.entries({ ...DESCRIBED, ...DESCRIBED_LEARNED }).flatMap(([name, described]) => [
    `COMMENT ON ${described.object} ${name} IS ${literal(described.doc)}`,
    ...Object.entries(described.columns).map(
      ([column, doc]) => `COMMENT ON COLUMN ${name}.${identifier(column)} IS ${literal(doc)}`,
    ),
  ]);
}
