/** Who a decision is about. */
export interface Named {
  readonly host: string;
  readonly wholeHost: boolean;
  readonly exe: string | null;
  readonly user: string | null;
}

/** Its name among all, and what the names of all subjects of its host begin with. Hosts are hostile texts: JSON tells them apart. */
export function subjectNames({ host, wholeHost, exe, user }: Named): {
  readonly subject: string;
  readonly host: string;
} {
  const whole = JSON.stringify([host]);
  return { subject: wholeHost ? whole : JSON.stringify([host, exe, user]), host: `${whole.slice(0, -1)},` };
}
