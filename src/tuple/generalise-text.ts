import { canonicalAddress } from './address.js';
import { addressScope } from './address-scope.js';
import { isHexToken, isMktempSuffix, isRandomToken } from './random-token.js';

/**
 * The scanner under all generalisation: replaces what changes from run to run by a mark and keeps what names things.
 *
 *   12, 0x7f          <n>, <hex>       550e8400-e29b-…  <uuid>
 *   3f9ac1…           <hex>            aB3xYz9q, mktemp <rand>
 *   1.2.3-4+deb12u1   <v>              10.0.0.5         <ip-private> (its scope, see address-scope.ts)
 *   2026-11-24T07:00  <ts>             long runs        <long>
 *
 * Marks in the input stay, so that the result is stable when it is generalised again: who writes "<n>" into a command
 * line gains no more than by writing a number. Of an address its scope is kept, since listening on 0.0.0.0 is another
 * thing than on 127.0.0.1, while the address itself is a dimension of its own. A run of letters with one to three
 * digits inside ("sha256sum", "e2fsck") is a name and stays; digits in front or behind ("eth0", "10M") are numbers.
 * Every expression is sticky and bounded or consumes what it matches: linear time.
 */

const MARK = /<(?:n|v|ts|hex|mac|uuid|rand|long|more|redacted|loopback|ip(?:-(?:any|private|link|multicast))?)>/y;
const UUID = /[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}(?![0-9A-Za-z<])/y;
const MAC = /[0-9a-fA-F]{2}(?:[:-][0-9a-fA-F]{2}){5}(?![0-9A-Za-z<])/y;
const DATE_TIME =
  /\d{4}-\d\d-\d\d(?:[T_ -]\d\d[:.-]?\d\d(?:[:.-]?\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?(?![0-9A-Za-z])/y;
const CLOCK = /\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?![0-9A-Za-z:])/y;
const IPV4 = /\d{1,3}(?:\.\d{1,3}){3}(?![0-9A-Za-z]|\.\d)/y;
const IPV6 = /[0-9a-fA-F:.]{2,46}/y;
const VERSION = /\d+(?:\.\d+)+(?:[a-z]{1,6}\d+)*(?:-\d[0-9A-Za-z]*(?:\.\d+)*|[+~][0-9A-Za-z]+(?:\.\d+)*)*/y;
const DIGITS = /\d+/y;
const RUN = /[0-9A-Za-z]+/y;
const LETTERS = /^[A-Za-z]+/;
const NAME_WITH_DIGITS = /^(?:[A-Za-z]+\d{1,3})+[A-Za-z]+$/;
/** Init keeps its number: a path into process 1 is how one leaves a container. */
const INIT = /\/proc\/1(?=$|\/|<more>)/y;
const TEMPORARY = /\/(?:tmp|var\/tmp|dev\/shm|run|var\/run)\//y;
const MAX_RUN = 64;

function matchAt(expression: RegExp, text: string, at: number): string | undefined {
  expression.lastIndex = at;
  return expression.exec(text)?.[0];
}

const isAlphanumeric = (c: string) => (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
/** Characters that a file name or word usually consists of. */
const isWordy = (c: string) => isAlphanumeric(c) || (c !== '' && '._+~@%-<>'.includes(c));

class TextScanner {
  private at = 0;
  private readonly out: string[] = [];
  private length = 0;
  /** Last character written: conditions on what stands in front must read the same when the result is read again. */
  private last = '';
  private temporary = false;

  constructor(
    private readonly text: string,
    private readonly maxLength: number,
    private readonly wholePath: boolean,
  ) {}

  run(): string {
    while (this.at < this.text.length) {
      const before = this.out.length;
      this.step();
      if (this.length > this.maxLength) {
        this.out.length = before;
        if (this.out[before - 1] !== '<more>') this.out.push('<more>');
        break;
      }
    }
    return this.out.join('');
  }

  private emit(value: string, consumed: number): void {
    this.at += consumed;
    this.out.push(value);
    if (value !== '<more>') this.length += value.length;
    this.last = value[value.length - 1]!;
  }

  private step(): void {
    const { text, at } = this;
    const c = text[at]!;
    if (c === '<') {
      const mark = matchAt(MARK, text, at) ?? c;
      this.emit(mark, mark.length);
    } else if (isAlphanumeric(c)) {
      this.stepRun();
    } else if (c === '/' && !isWordy(this.last) && this.last !== '/') {
      this.stepRoot();
    } else if (c !== ':' || text[at + 1] !== ':' || isWordy(this.last) || !this.stepAddress()) {
      if (c !== '/' && !isWordy(c) && !this.wholePath) this.temporary = false;
      this.emit(c, 1);
    }
  }

  /** A "/" that starts an absolute path. */
  private stepRoot(): void {
    const init = matchAt(INIT, this.text, this.at);
    if (init === undefined) this.temporary = matchAt(TEMPORARY, this.text, this.at) !== undefined;
    this.emit(init ?? '/', init?.length ?? 1);
  }

  private stepRun(): void {
    const { text, at } = this;
    if (!isAlphanumeric(this.last) && this.stepComposite()) return;
    const run = matchAt(RUN, text, at)!;
    const whole = this.wholeRun(run);
    if (whole !== undefined) {
      this.emit(whole, run.length);
    } else if (run[0]! <= '9') {
      this.stepNumber();
    } else {
      const letters = LETTERS.exec(run)![0];
      this.emit(this.letters(letters), letters.length);
      this.stepNumber();
    }
  }

  /** What replaces a run as a whole, or undefined when its numbers are to be taken one by one. */
  private wholeRun(run: string): string | undefined {
    if (/^\d+$/.test(run)) return undefined;
    const temporary = this.temporaryPart(run);
    if (temporary !== undefined) return temporary;
    if (isHexToken(run) || /^0[xX][0-9a-fA-F]+$/.test(run)) return '<hex>';
    if (isRandomToken(run)) return '<rand>';
    return !/\d/.test(run) || NAME_WITH_DIGITS.test(run) ? this.letters(run) : undefined;
  }

  private letters(run: string): string {
    if (run.length > MAX_RUN) return '<long>';
    return isRandomToken(run) ? '<rand>' : run;
  }

  /** "3" and "3.11" are numbers, "3.11.2" and "3.11-1" versions: an upgrade must not make another program of python. */
  private stepNumber(): void {
    const version = matchAt(VERSION, this.text, this.at);
    if (version === undefined) this.emit('<n>', matchAt(DIGITS, this.text, this.at)!.length);
    else this.emit(/^\d+\.\d+$/.test(version) ? '<n>' : '<v>', version.length);
  }

  /** What mktemp, Python's tempfile or gcc put into a name, or undefined. */
  private temporaryPart(run: string): string | undefined {
    const next = this.text[this.at + run.length] ?? '';
    if (this.temporary && next !== '<') {
      if (/^tmp[a-z0-9]{8}$/.test(run)) return 'tmp<rand>';
      if (/^cc[A-Za-z0-9]{6}$/.test(run) && next === '.') return 'cc<rand>';
    }
    if (isWordy(next)) return undefined;
    const behindDot = this.last === '.';
    if ((behindDot || (this.temporary && '-_'.includes(this.last || ' '))) && isMktempSuffix(run)) return '<rand>';
    return undefined;
  }

  /** Things that reach over several runs. */
  private stepComposite(): boolean {
    const { text, at } = this;
    for (const [expression, mark] of [
      [UUID, '<uuid>'],
      [MAC, '<mac>'],
      [DATE_TIME, '<ts>'],
      [CLOCK, '<ts>'],
    ] as const) {
      const found = matchAt(expression, text, at);
      if (found !== undefined) {
        this.emit(mark, found.length);
        return true;
      }
    }
    return this.stepAddress();
  }

  private stepAddress(): boolean {
    const { text, at } = this;
    const four = matchAt(IPV4, text, at);
    if (four !== undefined) return this.emitAddress(four);
    const six = matchAt(IPV6, text, at);
    if (six === undefined || six.length > 45 || !/:[^:]*:/.test(six)) return false;
    if (!/\d/.test(six) && (six !== '::' || isWordy(text[at + 2] ?? ''))) return false;
    if (isAlphanumeric(text[at + six.length] ?? '')) return false;
    return this.emitAddress(six) || (/[^:][.:]$/.test(six) && this.emitAddress(six.slice(0, -1)));
  }

  private emitAddress(found: string): boolean {
    const address = canonicalAddress(found);
    if (address === undefined) return false;
    this.emit(`<${addressScope(address)}>`, found.length);
    return true;
  }
}

/**
 * @param maxLength of the result; what does not fit is cut at a boundary and replaced by <more>.
 * @param wholePath the text is one path, so that a blank does not end it.
 */
export function generaliseText(text: string, maxLength: number, wholePath = false): string {
  return new TextScanner(text, maxLength, wholePath).run();
}
