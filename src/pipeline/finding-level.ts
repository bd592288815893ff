/** Level of a finding: a tree's ln p at or below it. */
export const FINDING_LN_P = Math.log(0.001);
