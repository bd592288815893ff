import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

/**
 * Another program that does a number of things a second, half of them datagrams and half opens for writing, while a recording
 * runs. QUINCE_BACKGROUND sets another rate for all recordings of a test run, QUINCE_BACKGROUND_LOG a file for the rates reached.
 */
export class Background {
  readonly exe: string;
  readonly rate: number;
  private readonly dir = mkdtempSync(join(tmpdir(), 'quince-background-'));
  private readonly child: ChildProcess;
  private out = '';
  private readonly ended: Promise<number | null>;

  private constructor(rate: number) {
    this.rate = rate;
    this.exe = join(this.dir, 'background');
    execFileSync('gcc', ['-O1', fileURLToPath(new URL('workload/workload.c', import.meta.url)), '-o', this.exe]);
    this.child = spawn(this.exe, ['noise', String(rate), '600'], { stdio: ['ignore', 'pipe', 'inherit'] });
    process.once('exit', () => this.child.kill());
    this.ended = new Promise((resolve, reject) => this.child.once('error', reject).once('close', resolve));
    this.child.stdout!.on('data', (data) => {
      this.out += data;
    });
  }

  /** None when `rate` is 0, whatever is set. */
  static of(rate: number | undefined): Background | undefined {
    const asked = rate === 0 ? 0 : Number(process.env.QUINCE_BACKGROUND ?? rate ?? 0);
    return asked > 0 ? new Background(asked) : undefined;
  }

  /** Ends it: the things it did, of each half, and how many that is a second. */
  async end(): Promise<{ sends: number; opens: number; perSecond: number }> {
    this.child.kill('SIGTERM');
    const status = await this.ended;
    if (status !== 0) throw new Error(`the background ended with ${status}`);
    rmSync(this.dir, { recursive: true, force: true });
    const [sends, opens, ms] = this.out.trim().split(' ').map(Number) as [number, number, number];
    return { sends, opens, perSecond: ((sends + opens) * 1000) / ms };
  }

  /** All it did is in `counts` (by exe and syscall), and it did at least three quarters of what was asked. */
  expectAll(counts: ReadonlyMap<string, number>, did: Awaited<ReturnType<Background['end']>>): void {
    expect(['send', 'open'].map((syscall) => counts.get(`${this.exe} ${syscall}`))).toEqual([did.sends, did.opens]);
    expect(did.perSecond).toBeGreaterThan(0.75 * this.rate);
    const log = process.env.QUINCE_BACKGROUND_LOG;
    if (log !== undefined) appendFileSync(log, `${did.perSecond}\n`);
  }
}
