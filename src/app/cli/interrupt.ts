const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Turns the first SIGINT or SIGTERM into an abort, so that work ends in order; the second ends the process at once. */
export class Interrupt {
  private readonly controller = new AbortController();
  private readonly onSignal = () => {
    if (this.controller.signal.aborted) process.exit(130);
    this.controller.abort();
  };

  constructor() {
    for (const name of SIGNALS) process.on(name, this.onSignal);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  release(): void {
    for (const name of SIGNALS) process.off(name, this.onSignal);
  }
}
