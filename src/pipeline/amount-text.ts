/** Whole numbers as they are, others with three digits; commas between the thousands. */
export function amountText(value: number): string {
  return value.toLocaleString('en-US', Number.isInteger(value) ? {} : { maximumSignificantDigits: 3 });
}

/** What one of a window's units is called. */
const ONE: Readonly<Record<string, string>> = {
  events: 'event',
  connections: 'connection',
  addresses: 'address',
  'address and port pairs': 'address and port pair',
  ports: 'port',
  'programs started': 'program started',
  programs: 'program',
  bytes: 'byte',
  files: 'file',
  'changes of files': 'change of files',
  'changes of names and rights': 'change of names and rights',
  seconds: 'second',
  hours: 'hour',
};

/** "80 ports", "1 port". @param amount as it is shown */
export function countedText(amount: string, unit: string): string {
  return `${amount} ${amount === '1' ? (ONE[unit] ?? unit) : unit}`;
}
