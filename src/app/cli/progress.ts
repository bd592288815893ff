import { SingleBar } from 'cli-progress';

/** Progress of one long piece of work; does nothing where nobody looks. */
export interface Progress {
  /** @param value rows so far, or seconds where a total was given */
  update(value: number): void;
  stop(): void;
}

const SILENT: Progress = { update: () => undefined, stop: () => undefined };

export interface ProgressOptions {
  readonly shown: boolean;
  readonly what: string;
  /** Of the unit counted; without one only the count is shown. */
  readonly total?: number;
  readonly unit: string;
}

/** A line on standard error that is drawn again at most five times a second and removed at the end. */
export function startProgress({ shown, what, total, unit }: ProgressOptions): Progress {
  if (!shown) return SILENT;
  const bar = new SingleBar({
    stream: process.stderr,
    format: `${what} ${total === undefined ? '' : '{bar} {percentage} % '}{value} ${unit}, {duration_formatted}`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 30,
    fps: 5,
    clearOnComplete: true,
    hideCursor: true,
  });
  bar.start(total ?? 1, 0);
  return {
    update: (value) => {
      if (total === undefined) bar.setTotal(Math.max(1, value));
      bar.update(value);
    },
    stop: () => bar.stop(),
  };
}
