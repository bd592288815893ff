import type { Duck } from '../duck/duck.js';
import type { JsonValue } from '../duck/json-value.js';
import { type OpenOptions, open } from '../duck/open.js';
import type { Parameters, Row } from '../duck/read.js';
import { type UserQuery, type UserSqlOptions, userSql } from '../duck/user-sql.js';
import type { Batch } from '../tuple/batch.js';
import type {
  AnnouncementRow,
  NameRow,
  OpenWindowRow,
  PresenceRow,
  QuarantineRow,
  VerdictRow,
} from '../tuple/learned.js';
import { type AlertSet, putAlerts } from './alerts.js';
import { type AnnouncementSet, putAnnouncement, putCounts, readAnnouncements } from './announcements.js';
import { type Appended, Batches } from './batches.js';
import { type FindingSet, putFindings } from './findings.js';
import { type JointSet, putJoint } from './joint.js';
import type { Learned, LearnedState } from './learned.js';
import { META_TABLE, type Meta, type MetaOptions, prepareSchema } from './migrate.js';
import { readDecisions } from './quarantine.js';
import { readLearned, readNames, readOpenWindows, readPresences } from './read-learned.js';
import { loadRecipe, recipeValues } from './recipes.js';
import { putRhythms, type RhythmSet } from './rhythms.js';
import { beginRun, endRun, type Run, type RunEnd, type RunInfo } from './runs.js';
import { type ScoreBlock, Scores } from './scores.js';
import {
  findSnapshot,
  listSnapshots,
  type NewSnapshot,
  putSnapshot,
  type SnapshotInfo,
  type StoredSnapshot,
} from './snapshots.js';
import { putState, readState } from './state.js';
import { type EventQuery, readEvents, type StoredBatch, type StoredRows, storedBatches } from './stored-events.js';
import { Strings } from './strings.js';
import { type NewVerdict, putVerdict, readVerdicts, revokeVerdict } from './verdicts.js';
import { putWindows, readWindows, type WindowRow, type WindowSet } from './windows.js';
import { writeLearned } from './write-learned.js';

export interface StoreOptions extends OpenOptions, MetaOptions {
  /** Wall clock of the runs. */
  readonly now?: () => Date;
}

/** Parts of one transaction: all of them are stored or none. */
export interface Commit {
  readonly learned?: Learned;
  readonly snapshots?: readonly NewSnapshot[];
  readonly state?: Readonly<Record<string, JsonValue>>;
  readonly findings?: FindingSet;
  readonly windows?: WindowSet;
  readonly joint?: JointSet;
  readonly rhythms?: RhythmSet;
  readonly alerts?: AlertSet;
  readonly verdict?: NewVerdict;
  /** What announced changes covered in a run. */
  readonly announced?: AnnouncementSet;
  /** Number of a verdict that counts no more, and when that was said. */
  readonly revoke?: { readonly id: number; readonly when: string };
  /** Marks the run as finished. */
  readonly end?: RunEnd;
}

/**
 * The one owner of a Quince database: events, scores, learned state, snapshots, runs. What it acknowledged survives a
 * kill, and what it did not may be given again: batches are known by (run, id), and a run's last commit by its end.
 */
export class Store {
  private constructor(
    private readonly duck: Duck,
    private readonly meta: Meta,
    private readonly batches: Batches,
    private readonly now: () => Date,
  ) {}

  /** @throws QuinceError DATABASE_IN_USE, BAD_DATABASE, BAD_ARGUMENT */
  static async open(path: string, options: StoreOptions = {}): Promise<Store> {
    const duck = await open(path, options);
    try {
      const meta = await prepareSchema(duck, options);
      // A reader appends nothing and so needs no strings in memory.
      const strings = duck.readOnly ? new Strings() : await Strings.load(duck);
      const batches = await Batches.load(duck, strings, await Scores.load(duck));
      return new Store(duck, meta, batches, options.now ?? (() => new Date()));
    } catch (cause) {
      await duck.close();
      throw cause;
    }
  }

  /** Secret of the keyed hashes, 16 bytes. */
  get hashKey(): Uint8Array {
    return this.meta.hashKey;
  }

  get schemaVersion(): number {
    return this.meta.schemaVersion;
  }

  get path(): string {
    return this.duck.path;
  }

  beginRun(info: RunInfo): Promise<Run> {
    return beginRun(this.duck, info, this.now());
  }

  /** Stores a batch with its scores, once a run. The slot is free for its owner when the promise resolves. */
  appendBatch(run: number, batch: Batch, scores?: readonly ScoreBlock[]): Promise<Appended> {
    return this.batches.append(run, batch, scores);
  }

  /** Stores scores of events that are stored already. */
  appendScores(run: number, events: readonly number[], scores: readonly ScoreBlock[]): Promise<void> {
    return this.batches.appendScores(run, events, scores);
  }

  /** Drops the scores of a run that did not come to its end. */
  async dropScores(run: number): Promise<void> {
    await this.duck.run('DELETE FROM scores WHERE run = ? AND run IN (SELECT run FROM runs WHERE finished IS NULL)', [
      run,
    ]);
  }

  /**
   * Stores everything given in one transaction; returns the numbers of its snapshots. A run that learns gives what it
   * learned together with its end, else a kill between the two would have it learned twice.
   */
  async commit(parts: Commit): Promise<{ snapshots: number[] }> {
    const snapshots: number[] = [];
    await this.duck.transaction(async (session) => {
      if (parts.learned) await writeLearned(session, parts.learned, parts.end?.run ?? 0);
      for (const snapshot of parts.snapshots ?? []) snapshots.push(await putSnapshot(session, snapshot));
      if (parts.state) await putState(session, parts.state);
      if (parts.findings) await putFindings(session, parts.findings);
      if (parts.windows) await putWindows(session, parts.windows);
      if (parts.joint) await putJoint(session, parts.joint);
      if (parts.rhythms) await putRhythms(session, parts.rhythms);
      if (parts.alerts) await putAlerts(session, parts.alerts);
      if (parts.announced) await putCounts(session, parts.announced);
      if (parts.verdict) await putVerdict(session, parts.verdict);
      if (parts.revoke) await revokeVerdict(session, parts.revoke.id, parts.revoke.when);
      if (parts.end) await endRun(session, parts.end, this.now());
    });
    return { snapshots };
  }

  finishRun(end: RunEnd): Promise<{ snapshots: number[] }> {
    return this.commit({ end });
  }

  /** Adds to the learned state; of a run that learns give it to `commit` together with the run's end. */
  async addLearned(learned: Learned): Promise<void> {
    await this.commit({ learned });
  }

  /** Cells of the kinds asked with all segments and contexts, sorted. */
  readLearned(kinds: readonly number[]): Promise<LearnedState> {
    return readLearned(this.duck, kinds);
  }

  /** @param of those of all values, or of learned hosts alone */
  readNames(of?: 'all' | 'hosts'): Promise<NameRow[]> {
    return readNames(this.duck, of);
  }

  readOpen(): Promise<PresenceRow[]> {
    return readPresences(this.duck, 'open_presence');
  }

  /** What was decided about signatures too odd to be learned at once, and the presences that wait. */
  async readQuarantine(): Promise<{ decisions: QuarantineRow[]; waiting: PresenceRow[] }> {
    return {
      decisions: await readDecisions(this.duck),
      waiting: await readPresences(this.duck, 'waiting_presence'),
    };
  }

  /** All verdicts ever given, by number. */
  readVerdicts(): Promise<VerdictRow[]> {
    return readVerdicts(this.duck);
  }

  /** All changes ever announced, by number. */
  readAnnouncements(): Promise<AnnouncementRow[]> {
    return readAnnouncements(this.duck);
  }

  /** Stores a new announcement, or one that was cancelled. */
  async putAnnouncement(row: AnnouncementRow): Promise<void> {
    await this.duck.transaction((session) => putAnnouncement(session, row));
  }

  readOpenWindows(): Promise<OpenWindowRow[]> {
    return readOpenWindows(this.duck);
  }

  readState(key: string): Promise<JsonValue | undefined> {
    return readState(this.duck, key);
  }

  latestSnapshot(kind: string): Promise<StoredSnapshot | undefined> {
    return findSnapshot(this.duck, { kind });
  }

  snapshot(snapshot: number): Promise<StoredSnapshot | undefined> {
    return findSnapshot(this.duck, { snapshot });
  }

  listSnapshots(): Promise<SnapshotInfo[]> {
    return listSnapshots(this.duck);
  }

  /** Batches of a run in the order of their input. */
  storedBatches(run: number): Promise<StoredBatch[]> {
    return storedBatches(this.duck, run);
  }

  /** Stored events, batch by batch. */
  readEvents(query: EventQuery): AsyncGenerator<StoredRows> {
    return readEvents(this.duck, query);
  }

  /** Minutes of a run, see `readWindows`. */
  readWindows(run: number, where?: string, parameters?: readonly (string | number | null)[]): Promise<WindowRow[]> {
    return readWindows(this.duck, run, where, parameters);
  }

  /** Rows of a query of Quince's own. */
  rows(sql: string, parameters?: Parameters): AsyncGenerator<Row> {
    return this.duck.rows(sql, parameters);
  }

  /** One SELECT of a user, see `userSql`; the secret of the hashes is out of its reach. */
  sql(statement: string, options?: Omit<UserSqlOptions, 'closed'>): Promise<UserQuery> {
    return userSql(this.duck, statement, { ...options, closed: [META_TABLE] });
  }

  /** A recipe of models/recipes with its parameters. */
  async recipe(
    name: string,
    given: Readonly<Record<string, string>> = {},
    options: Omit<UserSqlOptions, 'parameters' | 'closed'> = {},
  ): Promise<UserQuery> {
    const recipe = loadRecipe(name);
    const values = recipeValues(recipe, given);
    return this.sql(recipe.sql, recipe.parameters.length === 0 ? options : { ...options, parameters: values });
  }

  close(): Promise<void> {
    return this.duck.close();
  }
}
