-- Evaluations, their status, and the response values. true / false / NULL are yes / no / unknown.

-- The native liver's days: measurements after a transplant do not count.
CREATE OR REPLACE TEMP TABLE native_value AS
SELECT v.* FROM day_value AS v JOIN ending USING (p)
WHERE ending.transplanted IS NULL OR v.day <= ending.transplanted;

-- One row per day with a measurement, and one for the as-of date itself.
CREATE OR REPLACE TEMP TABLE status AS
WITH day_row AS (
    SELECT p, day, max(CASE WHEN analyte = 'ALT' THEN verdict END) AS alt,
           max(CASE WHEN analyte = 'AST' THEN verdict END) AS ast,
           max(CASE WHEN analyte = 'IGG' THEN verdict END) AS igg, count(analyte) > 0 AS measured
    FROM (SELECT p, day, analyte, verdict FROM native_value
          UNION ALL SELECT p, getvariable('today'), NULL, NULL FROM person)
    GROUP BY p, day
),
latest AS (
    SELECT p, day, measured,
           last_value(CASE WHEN alt IS NOT NULL THEN day END IGNORE NULLS) OVER w AS alt_day,
           last_value(alt IGNORE NULLS) OVER w AS alt,
           last_value(CASE WHEN ast IS NOT NULL THEN day END IGNORE NULLS) OVER w AS ast_day,
           last_value(ast IGNORE NULLS) OVER w AS ast,
           last_value(CASE WHEN igg IS NOT NULL THEN day END IGNORE NULLS) OVER w AS igg_day,
           last_value(igg IGNORE NULLS) OVER w AS igg
    FROM day_row
    WINDOW w AS (PARTITION BY p ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),
fresh AS (  -- NULL from here on: none in the window
    SELECT p, day, measured, CASE WHEN day - alt_day <= getvariable('pair_days') THEN alt END AS alt,
           CASE WHEN day - ast_day <= getvariable('pair_days') THEN ast END AS ast,
           CASE WHEN day - igg_day <= getvariable('pair_days') THEN igg END AS igg
    FROM latest
),
judged AS (
    SELECT p, day, measured,
           CASE WHEN alt = 1 OR ast = 1 THEN false
                WHEN alt = 0 AND (ast = 0 OR (ast IS NULL AND NOT getvariable('ast_required'))) THEN true
           END AS transaminases_normal,
           CASE igg WHEN 1 THEN false WHEN 0 THEN true END AS igg_normal
    FROM fresh
)
SELECT *, transaminases_normal AND igg_normal AS cbr FROM judged;

CREATE OR REPLACE TEMP TABLE evaluation AS
SELECT s.* FROM status AS s JOIN index_day AS i USING (p) WHERE s.measured AND s.day > i.day;

-- What was changed in the immunosuppression: a drug begun, or its dose raised within one exposure.
CREATE OR REPLACE TEMP TABLE intensified AS
WITH dosed AS (
    SELECT p, first_day, dose, dose_unit, lag(dose) OVER w AS dose_before, lag(dose_unit) OVER w AS unit_before
    FROM stretch WHERE purpose = 'course' AND kind = 'immunosuppressant'
    WINDOW w AS (PARTITION BY p, drug, exposure_no ORDER BY first_day, last_day, dose, dose_unit)
)
SELECT p, s AS day FROM exposure WHERE purpose = 'course' AND kind = 'immunosuppressant'
UNION SELECT p, first_day FROM dosed WHERE dose_unit = unit_before AND dose > dose_before;

CREATE OR REPLACE TEMP TABLE told AS  -- the last evaluation that says anything
SELECT p, max(day) AS day, arg_max(cbr, day) AS cbr FROM evaluation WHERE cbr IS NOT NULL GROUP BY p;

CREATE OR REPLACE TEMP TABLE cbr AS
SELECT p, min(day) AS day FROM evaluation WHERE cbr GROUP BY p;

CREATE OR REPLACE TEMP TABLE loss AS
WITH false_days AS (
    SELECT p, day, lead(day) OVER (PARTITION BY p ORDER BY day) AS next_false FROM evaluation WHERE NOT cbr
)
SELECT f.p, min(f.day) AS day
FROM false_days AS f JOIN cbr ON cbr.p = f.p AND f.day > cbr.day
LEFT JOIN intensified AS c ON c.p = f.p AND c.day BETWEEN f.day AND f.day + getvariable('change_days')
WHERE f.next_false - f.day <= getvariable('confirm_days') OR c.day IS NOT NULL
GROUP BY f.p;

CREATE OR REPLACE TEMP TABLE relapse AS
SELECT v.p, min(v.day) AS day FROM native_value AS v JOIN cbr ON cbr.p = v.p AND v.day > cbr.day
WHERE v.relapsing GROUP BY v.p;

CREATE OR REPLACE TEMP TABLE by_six_months AS
SELECT i.p, max(CASE WHEN s.cbr THEN 1 ELSE 0 END) = 1 AS achieved,
       max(CASE WHEN s.day >= i.six_months - getvariable('assess_days') AND s.cbr IS NOT NULL THEN s.day END) AS judged_day
FROM index_day AS i LEFT JOIN evaluation AS s ON s.p = i.p AND s.day <= i.six_months
GROUP BY i.p;

-- Four weeks: the last value before treatment against the one nearest day 28, of the same analyte.
CREATE OR REPLACE TEMP TABLE four_weeks AS
WITH before AS (
    SELECT v.*, row_number() OVER (PARTITION BY v.p ORDER BY v.analyte, v.day DESC) AS n  -- ALT before AST
    FROM native_value AS v JOIN index_day AS i USING (p)
    WHERE v.analyte IN ('ALT', 'AST') AND v.day BETWEEN i.day - getvariable('baseline_days') AND i.day
),
baseline AS (SELECT * FROM before WHERE n = 1),
after AS (
    SELECT v.*, b.verdict AS before_verdict, b.low AS before_low, b.high AS before_high,
           row_number() OVER (PARTITION BY v.p ORDER BY abs(v.day - i.day - 28), v.day) AS n
    FROM native_value AS v JOIN index_day AS i USING (p) JOIN baseline AS b ON b.p = v.p AND b.analyte = v.analyte
    WHERE v.day BETWEEN i.day + 14 AND i.day + 42
)
SELECT i.p, b.verdict AS baseline_verdict,
       -- without a baseline either analyte is a value of the window
       CASE WHEN b.p IS NOT NULL THEN a.p IS NOT NULL
            ELSE EXISTS (SELECT 1 FROM native_value AS v WHERE v.p = i.p AND v.analyte IN ('ALT', 'AST')
                                                           AND v.day BETWEEN i.day + 14 AND i.day + 42) END AS followed,
       -- the smallest and the largest fall that the two values allow
       CASE WHEN b.low > 0 THEN round(1 - a.high / b.low, 6) >= 0.5 END AS surely_halved,
       CASE WHEN b.high > 0 THEN round(1 - a.low / b.high, 6) < 0.5 END AS surely_not_halved
FROM index_day AS i LEFT JOIN baseline AS b ON b.p = i.p LEFT JOIN after AS a ON a.p = i.p AND a.n = 1;

-- Days in CBR among the days with a known status, after index + 6 months.
CREATE OR REPLACE TEMP TABLE fraction AS
WITH known AS (
    SELECT p, day, cbr, lead(day) OVER (PARTITION BY p ORDER BY day) AS next_day FROM evaluation WHERE cbr IS NOT NULL
),
bounded AS (
    SELECT k.p, k.cbr, greatest(k.day, i.six_months + 1) AS s,
           least(k.day + getvariable('carry_days'),
                 coalesce(k.next_day - 1, getvariable('today')),       -- no later one: until the end
                 getvariable('today'), coalesce(l.day, getvariable('today')),
                 coalesce(x.transplanted, getvariable('today')), coalesce(x.died, getvariable('today'))) AS e
    FROM known AS k JOIN index_day AS i USING (p) JOIN ending AS x USING (p) LEFT JOIN last_seen AS l ON l.p = k.p
)
SELECT p, sum(e - s + 1) AS known_days, sum(CASE WHEN cbr THEN e - s + 1 ELSE 0 END) AS cbr_days
FROM bounded WHERE e >= s GROUP BY p;

CREATE OR REPLACE TEMP TABLE treated_to AS
SELECT p, max(e) AS day FROM exposure WHERE purpose = 'course' AND kind = 'immunosuppressant' GROUP BY p;

CREATE OR REPLACE TEMP TABLE biopsy AS
SELECT person.p, max(b.date) AS date, max(b.hai) FILTER (WHERE b.date = b.latest) AS hai
FROM (SELECT *, max(date) OVER (PARTITION BY patient_id) AS latest FROM biopsies_in WHERE date <= getvariable('as_of')) AS b
JOIN person USING (patient_id) GROUP BY person.p;

CREATE OR REPLACE TEMP TABLE response AS
SELECT person.p, i.day AS index_day, cbr.day AS cbr_day,
       CASE WHEN i.p IS NULL THEN 'not_applicable'
            WHEN b.achieved THEN 'achieved'
            WHEN x.transplanted < i.six_months OR x.died < i.six_months THEN 'not_assessable'
            WHEN getvariable('today') < i.six_months THEN 'pending'
            WHEN b.judged_day IS NOT NULL THEN 'not_achieved'
            ELSE 'not_assessable' END AS cbr_by_6_months,
       CASE WHEN i.p IS NULL OR f.baseline_verdict = 0 THEN 'not_applicable'
            WHEN f.baseline_verdict = 1 AND f.surely_halved THEN 'response'
            WHEN f.baseline_verdict = 1 AND f.surely_not_halved THEN 'non_response'
            WHEN NOT f.followed AND getvariable('today') < i.day + 42
                 AND coalesce(x.transplanted >= i.day + 42, true)  -- neither happened: a value can still come
                 AND coalesce(x.died >= i.day + 42, true) THEN 'pending'
            ELSE 'not_assessable' END AS response_4_weeks,
       now.cbr AS in_cbr, told.cbr AS last_known, told.day AS last_known_day, loss.day AS loss_day, relapse.day AS relapse_day,
       q.cbr_days / q.known_days AS cbr_fraction,
       CASE WHEN i.p IS NULL THEN NULL WHEN q.p IS NULL THEN 0 ELSE q.known_days END AS known_days,
       CASE WHEN i.p IS NOT NULL THEN getvariable('today') - t.day END AS treatment_free_days,
       biopsy.hai < 4 AS histological_remission
FROM person JOIN ending AS x USING (p) JOIN status AS now ON now.p = person.p AND now.day = getvariable('today')
LEFT JOIN told ON told.p = person.p
LEFT JOIN index_day AS i ON i.p = person.p LEFT JOIN cbr ON cbr.p = person.p LEFT JOIN loss ON loss.p = person.p
LEFT JOIN relapse ON relapse.p = person.p LEFT JOIN by_six_months AS b ON b.p = person.p
LEFT JOIN four_weeks AS f ON f.p = person.p LEFT JOIN fraction AS q ON q.p = person.p
LEFT JOIN treated_to AS t ON t.p = person.p LEFT JOIN biopsy ON biopsy.p = person.p;
