"""IsolationForest by scikit-learn on tables from standard input, for bench/joint.mjs.

In: one line of JSON, {"tables": [[rows, columns], ...], "seeds": n}; then the tables, row by row, as little-endian float64.
Out: the scores (higher is more anomalous), table by table and seed by seed, as float64. Last line of standard error: JSON.
"""

import json
import sys
import time

import numpy
import sklearn
from sklearn.ensemble import IsolationForest

head = json.loads(sys.stdin.buffer.readline())
seconds = []
for rows, columns in head["tables"]:
    table = numpy.frombuffer(sys.stdin.buffer.read(8 * rows * columns), dtype="<f8").reshape(rows, columns)
    begun = time.perf_counter()
    for seed in range(head["seeds"]):
        scores = -IsolationForest(random_state=seed).fit(table).score_samples(table)
        sys.stdout.buffer.write(scores.astype("<f8").tobytes())
    seconds.append((time.perf_counter() - begun) / head["seeds"])
print(json.dumps({"version": sklearn.__version__, "seconds": seconds}), file=sys.stderr)
