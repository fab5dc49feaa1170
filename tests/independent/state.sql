-- Drug levels, and one row per patient as of the date.

-- Days from which steady_days are counted: a thiopurine begun, its dose changed, allopurinol begun or stopped.
-- certain is NULL where a dose is not known, so that nobody can say whether it was changed.
CREATE OR REPLACE TEMP TABLE unsettled AS
WITH dosed AS (
    SELECT p, drug, exposure_no, first_day, dose, dose_unit, lag(first_day) OVER w AS before,
           lag(dose) OVER w AS dose_before, lag(dose_unit) OVER w AS unit_before
    FROM stretch WHERE purpose = 'level' AND kind = 'immunosuppressant'
    WINDOW w AS (PARTITION BY p, drug, exposure_no ORDER BY first_day, last_day, dose, dose_unit)
)
SELECT p, drug, exposure_no, s AS day, true AS certain FROM exposure WHERE purpose = 'level'
UNION ALL SELECT p, drug, exposure_no, e + 1, true FROM exposure
          WHERE purpose = 'level' AND drug = 'allopurinol' AND NOT going_on
UNION ALL SELECT p, drug, exposure_no, first_day, dose <> dose_before OR dose_unit <> unit_before FROM dosed
          WHERE before IS NOT NULL;

CREATE OR REPLACE TEMP TABLE metabolite AS
SELECT person.p, m.date - DATE '1970-01-01' AS day, m.analyte, m.unit, max(m.value) AS value,
       arg_max(coalesce(m.comparator, '='), m.value) AS sign  -- no comparator: the number is the value
FROM measurements_in AS m JOIN person USING (patient_id)
WHERE m.analyte IN ('TGN', 'MMP') AND m.date <= getvariable('as_of')
GROUP BY ALL;

-- Whether a sample was taken on a thiopurine and at steady state; NULL where a dose is not known.
CREATE OR REPLACE TEMP TABLE steady AS
WITH sample AS (SELECT DISTINCT p, day FROM metabolite),
covering AS (
    SELECT sample.p, sample.day, x.drug, x.exposure_no FROM sample JOIN exposure AS x
      ON x.p = sample.p AND x.purpose = 'level' AND x.kind = 'immunosuppressant' AND sample.day BETWEEN x.s AND x.e
),
recent AS (
    SELECT c.p, c.day, count(*) FILTER (WHERE u.certain) AS changes, count(*) FILTER (WHERE u.p IS NOT NULL AND u.certain IS NULL) AS maybe
    FROM covering AS c LEFT JOIN unsettled AS u
      ON u.p = c.p AND u.day <= c.day AND c.day - u.day < getvariable('steady_days')
     AND (u.drug = 'allopurinol' OR (u.drug = c.drug AND u.exposure_no = c.exposure_no))
    GROUP BY c.p, c.day
)
SELECT p, day, CASE WHEN changes > 0 THEN false WHEN maybe > 0 THEN NULL ELSE true END AS steady FROM recent;

-- Only steady samples count. Each TGN goes with the nearest MMP of its unit; the latest pair speaks.
CREATE OR REPLACE TEMP TABLE pair AS
WITH settled AS (SELECT m.* FROM metabolite AS m JOIN steady AS s ON s.p = m.p AND s.day = m.day AND s.steady),
paired AS (
    SELECT t.p, t.unit, t.day, t.value AS tgn, m.value AS mmp, t.sign AS tgn_sign, m.sign AS mmp_sign,
           row_number() OVER (PARTITION BY t.p
               ORDER BY CASE WHEN m.p IS NULL THEN 1 ELSE 0 END, t.day DESC, t.unit DESC, abs(t.day - m.day), m.day) AS n
    FROM settled AS t LEFT JOIN settled AS m
      ON m.p = t.p AND m.unit = t.unit AND m.analyte = 'MMP' AND abs(t.day - m.day) <= getvariable('metabolite_pair_days')
    WHERE t.analyte = 'TGN'
)
SELECT * FROM paired WHERE n = 1;

-- Each question is true, false, or NULL (a censored value that does not decide it).
-- The thresholds are of azathioprine and mercaptopurine; on tioguanine nothing is read against them.
CREATE OR REPLACE TEMP TABLE pattern AS
WITH asked AS (
    SELECT pair.*, CASE WHEN tgn_sign = '=' AND mmp_sign = '=' THEN mmp / nullif(tgn, 0) END AS ratio,
           EXISTS (FROM exposure AS x WHERE x.p = pair.p AND x.purpose = 'level' AND x.drug = 'tioguanine'
                   AND pair.day BETWEEN x.s AND x.e) AS on_tioguanine,
           CASE WHEN tgn < getvariable('tgn_from') AND tgn_sign IN ('=', '<', '<=') THEN true
                WHEN tgn = getvariable('tgn_from') AND tgn_sign = '<' THEN true
                WHEN tgn >= getvariable('tgn_from') AND tgn_sign IN ('=', '>', '>=') THEN false END AS tgn_low,
           CASE WHEN tgn > getvariable('tgn_to') AND tgn_sign IN ('=', '>', '>=') THEN true
                WHEN tgn = getvariable('tgn_to') AND tgn_sign = '>' THEN true
                WHEN tgn <= getvariable('tgn_to') AND tgn_sign IN ('=', '<', '<=') THEN false END AS tgn_high,
           CASE WHEN mmp >= getvariable('mmp_high') AND mmp_sign IN ('=', '>', '>=') THEN true
                WHEN mmp < getvariable('mmp_high') AND mmp_sign IN ('=', '<', '<=') THEN false
                WHEN mmp = getvariable('mmp_high') AND mmp_sign = '<' THEN false END AS mmp_high,
           CASE WHEN tgn_sign IN ('=', '<', '<=') AND mmp_sign IN ('=', '>', '>=')
                     AND mmp / nullif(tgn, 0) >= getvariable('ratio_high') THEN true
                WHEN tgn_sign IN ('=', '>', '>=') AND mmp_sign IN ('=', '<', '<=')
                     AND mmp / nullif(tgn, 0) < getvariable('ratio_high') THEN false
                WHEN (tgn_sign IN ('=', '>', '>=') AND mmp_sign = '<' OR tgn_sign = '>' AND mmp_sign IN ('=', '<', '<='))
                     AND mmp / nullif(tgn, 0) = getvariable('ratio_high') THEN false END AS ratio_high
    FROM pair
)
SELECT *,
       CASE WHEN mmp IS NULL OR unit <> getvariable('metabolite_unit') THEN 'unknown'
            WHEN tgn_sign IN ('<', '<=') AND mmp_sign IN ('<', '<=') THEN 'undetectable'
            WHEN on_tioguanine THEN 'unknown'
            WHEN tgn_low AND (mmp_high OR ratio_high) THEN 'low_high'
            WHEN tgn_low AND NOT (mmp_high OR ratio_high) THEN 'low_low'
            WHEN tgn_high THEN 'high_tgn'
            WHEN NOT tgn_low AND NOT tgn_high AND mmp_high THEN 'target_high_mmp'
            WHEN NOT tgn_low AND NOT tgn_high AND NOT mmp_high THEN 'target'
            ELSE 'unknown' END AS pattern
FROM asked;

CREATE OR REPLACE TEMP TABLE latest AS
SELECT p, max(CASE WHEN analyte = 'ALT' THEN day END) AS alt_day, max(CASE WHEN analyte = 'ALT' THEN shown END) AS alt,
       max(CASE WHEN analyte = 'AST' THEN day END) AS ast_day, max(CASE WHEN analyte = 'AST' THEN shown END) AS ast,
       max(CASE WHEN analyte = 'IGG' THEN day END) AS igg_day, max(CASE WHEN analyte = 'IGG' THEN shown END) AS igg
FROM (SELECT *, row_number() OVER (PARTITION BY p, analyte ORDER BY day DESC) AS n FROM day_value)
WHERE n = 1 GROUP BY p;

CREATE OR REPLACE TEMP TABLE age AS
SELECT p, extract(year FROM getvariable('as_of')) - extract(year FROM birth_date)
          - CASE WHEN strftime(getvariable('as_of'), '%m%d') < strftime(birth_date, '%m%d') THEN 1 ELSE 0 END AS years
FROM person;

CREATE OR REPLACE TEMP TABLE now AS
SELECT * FROM regimen WHERE e = getvariable('today');
