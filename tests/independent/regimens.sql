-- Exposures, the index date, and regimens: a sweep over the days on which the set of drugs changes.

-- Rows of one drug with at most gap_days between them are one exposure. Drug levels look at every indication
-- ('level'), the course at what was given for AIH ('course').
CREATE OR REPLACE TEMP TABLE stretch AS
WITH used AS (
    SELECT 'course' AS purpose, * FROM taken WHERE for_course
    UNION ALL SELECT 'level', * FROM taken WHERE drug IN ('azathioprine', 'mercaptopurine', 'tioguanine', 'allopurinol')
),
reached AS (
    SELECT *, max(last_day) OVER (PARTITION BY purpose, p, drug ORDER BY first_day, last_day
                                  ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS covered_to
    FROM used
)
SELECT *, sum(CASE WHEN covered_to IS NULL OR first_day - covered_to - 1 > getvariable('gap_days') THEN 1 ELSE 0 END)
          OVER (PARTITION BY purpose, p, drug ORDER BY first_day, last_day
                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS exposure_no
FROM reached;

CREATE OR REPLACE TEMP TABLE exposure AS
SELECT purpose, p, drug, exposure_no, any_value(bit) AS bit, any_value(kind) AS kind, any_value(tier) AS tier,
       min(first_day) AS s, max(last_day) AS e, bool_or(going_on) AS going_on
FROM stretch GROUP BY purpose, p, drug, exposure_no;

CREATE OR REPLACE TEMP TABLE index_day AS
SELECT p, day, (DATE '1970-01-01' + CAST(day AS INTEGER) + to_months(getvariable('response_months')))::DATE
               - DATE '1970-01-01' AS six_months
FROM (SELECT p, min(s) AS day FROM exposure WHERE purpose = 'course' AND kind = 'immunosuppressant' GROUP BY p);

-- A segment: days on which the set of drugs (a sum of bits) stays the same.
CREATE OR REPLACE TEMP TABLE segment AS
WITH step AS (
    SELECT p, s AS day, bit FROM exposure WHERE purpose = 'course'
    UNION ALL SELECT p, e + 1, -bit FROM exposure WHERE purpose = 'course'
),
per_day AS (SELECT p, day, sum(bit) AS bits FROM step GROUP BY p, day),
running AS (
    SELECT p, day AS s, lead(day) OVER w - 1 AS e,
           sum(bits) OVER (PARTITION BY p ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS drugs
    FROM per_day WINDOW w AS (PARTITION BY p ORDER BY day)
),
unfinished AS (SELECT p, bool_or(going_on) AS going_on FROM exposure WHERE purpose = 'course' GROUP BY p)
SELECT r.p, r.s, r.e, CAST(r.drugs AS BIGINT) AS drugs, u.going_on AND r.e = getvariable('today') AS going_on
FROM running AS r JOIN unfinished AS u USING (p) WHERE r.drugs <> 0;

CREATE OR REPLACE TEMP TABLE regimen AS
WITH touching AS (
    SELECT *, CASE WHEN s = lag(e) OVER w + 1 THEN 0 ELSE 1 END AS apart FROM segment
    WINDOW w AS (PARTITION BY p ORDER BY s)
),
island AS (
    SELECT *, sum(apart) OVER (PARTITION BY p ORDER BY s ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS island
    FROM touching
),
measured AS (
    SELECT *, going_on OR e - s + 1 >= getvariable('ignore_days') AS lasting,
           min(s) OVER (PARTITION BY p, island) AS island_start
    FROM island
),
opened AS (  -- short beginnings merge forward into the first segment that lasts (or makes them last, if they add up)
    SELECT *, min(CASE WHEN lasting OR (getvariable('short_beginnings_add_up')
                                        AND e - island_start + 1 >= getvariable('ignore_days')) THEN s END)
              OVER (PARTITION BY p, island) AS first_start
    FROM measured
),
begun AS (
    SELECT *, CASE WHEN s = first_start OR (s > first_start AND lasting) THEN 1 ELSE 0 END AS begins
    FROM opened WHERE first_start IS NOT NULL
),
numbered AS (
    SELECT *, sum(begins) OVER (PARTITION BY p, island ORDER BY s ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS k
    FROM begun
),
kept AS (  -- k = 0 are the short beginnings of the first
    SELECT p, island, CASE WHEN k = 0 THEN 1 ELSE k END AS k, min(s) AS s, max(e) AS e, bool_or(going_on) AS going_on,
           max(CASE WHEN begins = 1 THEN drugs END) AS drugs
    FROM numbered GROUP BY ALL
),
changed AS (
    SELECT *, CASE WHEN drugs = lag(drugs) OVER w THEN 0 ELSE 1 END AS change FROM kept
    WINDOW w AS (PARTITION BY p, island ORDER BY k)
),
joined AS (
    SELECT *, sum(change) OVER (PARTITION BY p, island ORDER BY k ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS n
    FROM changed
),
whole AS (
    SELECT p, min(s) AS s, max(e) AS e, bool_or(going_on) AS going_on, max(drugs) AS drugs
    FROM joined GROUP BY p, island, n
),
initial AS (  -- begun within initial_days of the index date: tier 1 for that patient for good
    SELECT x.p, bit_or(x.bit) AS drugs FROM exposure AS x JOIN index_day AS i USING (p)
    WHERE x.purpose = 'course' AND x.s BETWEEN i.day AND i.day + getvariable('initial_days') GROUP BY x.p
),
described AS (
    SELECT w.p, w.s, w.e, w.going_on, string_agg(d.drug, '+' ORDER BY d.drug) AS drugs,
           max(CASE WHEN d.tier IS NULL THEN NULL WHEN (i.drugs & d.bit) <> 0 THEN 1 ELSE d.tier END) AS line
    FROM whole AS w JOIN drug AS d ON (w.drugs & d.bit) <> 0 LEFT JOIN initial AS i ON i.p = w.p
    GROUP BY w.p, w.s, w.e, w.going_on
)
SELECT *, row_number() OVER (PARTITION BY p ORDER BY s) AS regimen_no FROM described;
