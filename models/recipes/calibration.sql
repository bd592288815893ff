-- How well p is calibrated
-- What share of the scored rows of each run is below 0.1, 0.01 and 0.001? On normal data it should be about that.
SELECT s.run, s.dims, s.snapshot, count(*) AS scored,
  round(avg((s.ln_p <= ln(0.1))::INTEGER), 5) AS below_0_1,
  round(avg((s.ln_p <= ln(0.01))::INTEGER), 5) AS below_0_01,
  round(avg((s.ln_p <= ln(0.001))::INTEGER), 5) AS below_0_001,
  round(avg(s.few::INTEGER), 5) AS few, round(avg(s.extrapolated::INTEGER), 5) AS extrapolated
FROM scores AS s
GROUP BY s.run, s.dims, s.snapshot
ORDER BY s.run, s.dims, s.snapshot
