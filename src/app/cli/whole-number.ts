import { InvalidArgumentError } from 'commander';

/** Parser of an option or argument that is a whole number from `least` on. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least) {
      throw new InvalidArgumentError(`requires a whole number from ${least}, got ${JSON.stringify(text)}.`);
    }
    return value;
  };
}
