// Usage: test-summary.mjs REPORT STATUS. Prints the counts of a vitest JSON report as one line and ends with STATUS, or 1
// when the report shows a failure that STATUS does not. A file that could not be loaded counts as one failed test.
import { readFileSync } from 'node:fs';

const [report, status] = process.argv.slice(2);
let counts = { passed: 0, failed: 1, skipped: 0 };
try {
  const { testResults, numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(
    readFileSync(report, 'utf8'),
  );
  const unloaded = testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  counts = {
    passed: numPassedTests,
    failed: numFailedTests + unloaded.length,
    skipped: numPendingTests + numTodoTests,
  };
} catch (error) {
  console.error(`test report requires JSON, got ${error.message}`);
}
const failed = counts.failed > 0 || status !== '0';
if (failed && counts.failed === 0) counts.failed = 1;
const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
console.log(`tests: ${counts.passed} passed, ${counts.failed} failed${skipped}`);
process.exit(failed ? Number(status) || 1 : 0);
