import type { Pair } from '../tuple/learned.js';

/** What a snapshot says of its windows. */
export interface WindowCard {
  readonly entities: number;
  readonly units: number;
  readonly history: 'cross-fit' | 'prequential';
  /** Days of entities whose odd minutes do not count yet; absent where there are none. */
  readonly heldDays?: number;
}

/** What a snapshot says of its joint vectors. */
export interface VectorCard {
  /** Groups that have a model, and the rows these were fitted to. */
  readonly groups: number;
  readonly rows: number;
  /** Scores that others are ranked among, and where they came from. */
  readonly units: number;
  readonly history: 'cross-fit' | 'prequential';
}

/** What a snapshot says of the minutes that are decided upon. */
export interface MinuteCard {
  /** Minutes that were scored before they were learned. Too few of them: the closed form of the combination decides. */
  readonly judged: number;
  readonly history: 'ranked' | 'closed form';
  /** UTC days that the start of the budget was made from, of minutes that were watched. */
  readonly days: number;
  /** Minutes of subjects and hosts in such a day. */
  readonly minutesADay: number;
}

/** A group whose calibration broke: its units of older days calibrate no more. */
export interface CalibrationBreak {
  readonly day: number;
  readonly level: number;
  /** p was too small and found too much, or too large. */
  readonly tooSmall: boolean;
  /** Host, program and syscall of one of its contexts. */
  readonly host: Pair;
  readonly exe: Pair;
  readonly syscall: Pair;
}

/** What a snapshot says of itself. */
export interface SnapshotCard {
  readonly model: string;
  /** Hash of what may teach: models/learning.yaml. */
  readonly learning?: string;
  readonly asOf: number;
  readonly daysLearned: number;
  readonly calibration: 'leave-out' | 'prequential';
  /** The hour of the week counts in scores: enough units were calibrated with it. */
  readonly hourCalibrated: boolean;
  /** Of whom windows are known, how many minutes their scores are ranked among, and where those came from. */
  readonly windows: WindowCard;
  /** Which groups joint vectors are judged by, and how many scores theirs are ranked among. */
  readonly vectors: VectorCard;
  /** How minutes are decided upon. */
  readonly minutes: MinuteCard;
  /** Groups whose calibration broke in training, by day. */
  readonly breaks: readonly CalibrationBreak[];
  readonly views: Record<string, { contexts: number; cells: number; groups: number; units: number }>;
  /** Pairs known, those of enough beats to judge, and those that keep a rhythm; absent where rhythms were not frozen. */
  readonly rhythms?: { model: string; pairs: number; judged: number; rhythms: number };
  /** Numbers of the verdicts in force; absent where there are none. */
  readonly verdicts?: readonly number[];
}
