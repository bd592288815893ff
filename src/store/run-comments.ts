import { type Described, RUN } from './described.js';

/** Runs, and what each left. */
export const DESCRIBED_RUNS: Readonly<Record<string, Described>> = {
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
