/** Two digits: "0.23", "1.2e-9" of ln p; no p so small that it would read 0. Three next to the level of findings, to tell its sides. */
export function pText(lnP: number): string {
  const p = Math.exp(lnP);
  if (p > 0.001 && p < 0.00105) return p.toPrecision(3);
  if (p >= 0.001) return String(Number(p.toPrecision(2)));
  const log10 = lnP / Math.LN10;
  let exponent = Math.floor(log10);
  let mantissa = (10 ** (log10 - exponent)).toFixed(1);
  if (mantissa === '10.0') {
    mantissa = '1.0';
    exponent++;
  }
  return `${mantissa}e${exponent}`;
}
