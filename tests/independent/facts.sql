-- The rows that exist on the as-of date, with dates as whole days since 1970-01-01.
-- Unknown stays NULL; a day's value is judged from its rows, so that a censored value counts only where it decides.

CREATE OR REPLACE TEMP TABLE person AS
SELECT row_number() OVER (ORDER BY patient_id) AS p, patient_id, birth_date,
       CASE WHEN diagnosis_date <= getvariable('as_of') THEN diagnosis_date - DATE '1970-01-01' END AS diagnosed
FROM patients_in;

-- Every systemic row of a drug that the course looks at. An end after the as-of date is not known yet: the row goes on.
CREATE OR REPLACE TEMP TABLE taken AS
SELECT person.p, drug.drug, drug.bit, drug.tier, drug.kind,
       drug.kind = 'companion' OR t.indication IS NULL OR t.indication IN ('AIH', 'unknown') AS for_course,
       t.start - DATE '1970-01-01' AS first_day,
       CASE WHEN t."end" <= getvariable('as_of') THEN t."end" - DATE '1970-01-01' ELSE getvariable('today') END AS last_day,
       t."end" IS NULL OR t."end" > getvariable('as_of') AS going_on,
       t.dose, t.dose_unit
FROM treatments_in AS t
JOIN person USING (patient_id)
JOIN drug ON drug.drug = t.drug
WHERE t.systemic AND t.start <= getvariable('as_of');

-- The first transplant ends the native-liver course; the first death ends follow-up.
CREATE OR REPLACE TEMP TABLE ending AS
SELECT person.p,
       min(CASE WHEN e.event = 'liver_transplant' THEN e.date - DATE '1970-01-01' END) AS transplanted,
       min(CASE WHEN e.event = 'death' THEN e.date - DATE '1970-01-01' END) AS died
FROM person LEFT JOIN events_in AS e ON e.patient_id = person.patient_id AND e.date <= getvariable('as_of')
GROUP BY person.p;

CREATE OR REPLACE TEMP TABLE last_seen AS
WITH dated AS (
    SELECT patient_id, max(date) AS d FROM measurements_in WHERE date <= getvariable('as_of') GROUP BY patient_id
    UNION ALL SELECT patient_id, start FROM treatments_in WHERE start <= getvariable('as_of')
    UNION ALL SELECT patient_id, "end" FROM treatments_in WHERE "end" <= getvariable('as_of')
    UNION ALL SELECT patient_id, date FROM events_in WHERE date <= getvariable('as_of')
    UNION ALL SELECT patient_id, date FROM biopsies_in WHERE date <= getvariable('as_of')
    UNION ALL SELECT patient_id, date FROM genotypes_in WHERE date <= getvariable('as_of')
    UNION ALL SELECT patient_id, diagnosis_date FROM patients_in WHERE diagnosis_date <= getvariable('as_of')
)
SELECT person.p, max(dated.d) - DATE '1970-01-01' AS day
FROM person JOIN dated USING (patient_id) GROUP BY person.p;

-- One value per analyte and day. verdict: 0 normal, 1 abnormal, 2 unknown (no limit, or censored and undecided).
-- low and high bound what the day's highest multiple of the limit can be (high NULL = no bound).
CREATE OR REPLACE TEMP TABLE day_value AS
WITH result AS (
    SELECT person.p, m.date - DATE '1970-01-01' AS day, m.analyte, m.x_uln AS x,
           coalesce(m.comparator, '=') AS sign,  -- no comparator means that the number is the value
           m.value
    FROM measurements_in AS m JOIN person USING (patient_id)
    WHERE m.analyte IN ('ALT', 'AST', 'IGG') AND m.date <= getvariable('as_of')
),
judged AS (
    SELECT *,
        CASE WHEN getvariable('limit_is_normal')
             THEN CASE WHEN sign IN ('=', '>=') THEN x > 1 WHEN sign = '>' THEN x >= 1 ELSE false END
             ELSE CASE WHEN sign IN ('=', '>=', '>') THEN x >= 1 ELSE false END
        END AS surely_abnormal,
        CASE WHEN getvariable('limit_is_normal')
             THEN CASE WHEN sign IN ('=', '<=', '<') THEN x <= 1 ELSE false END
             ELSE CASE WHEN sign IN ('=', '<=') THEN x < 1 WHEN sign = '<' THEN x <= 1 ELSE false END
        END AS surely_normal,
        sign IN ('=', '>=', '>') AND (x > getvariable('relapse_xuln') OR (sign = '>' AND x = getvariable('relapse_xuln')))
            AS above_relapse_xuln,
        sign IN ('=', '>=', '>') AND (value > getvariable('relapse_igg') OR (sign = '>' AND value = getvariable('relapse_igg')))
            AND (x > 1 OR (sign = '>' AND x = 1)) AS above_relapse_igg
    FROM result
)
SELECT p, day, analyte,
       CASE WHEN count(*) FILTER (WHERE surely_abnormal) > 0 THEN 1
            WHEN count(*) FILTER (WHERE surely_normal) = count(*) THEN 0
            ELSE 2 END AS verdict,
       max(CASE WHEN x IS NULL OR sign IN ('<', '<=') THEN 0 ELSE x END) AS low,
       CASE WHEN count(*) FILTER (WHERE x IS NULL OR sign IN ('>', '>=')) = 0 THEN max(x) END AS high,
       max(x) AS shown,
       count(*) FILTER (WHERE CASE WHEN analyte = 'IGG' THEN above_relapse_igg ELSE above_relapse_xuln END) > 0 AS relapsing
FROM judged GROUP BY p, day, analyte;
