-- The tables as they are handed out: dates as dates, words for what is a word, NULL where there is nothing to say.

CREATE OR REPLACE TEMP TABLE regimens_out AS
SELECT patient_id, regimen_no, as_date(s) AS start, CASE WHEN NOT going_on THEN as_date(e) END AS "end", drugs, line,
       e - s + 1 AS days
FROM regimen JOIN person USING (p) ORDER BY patient_id, regimen_no;

CREATE OR REPLACE TEMP TABLE evaluations_out AS
SELECT patient_id, as_date(day) AS date, as_word(transaminases_normal) AS transaminases_normal,
       as_word(igg_normal) AS igg_normal, as_word(cbr) AS cbr
FROM evaluation JOIN person USING (p) ORDER BY patient_id, date;

CREATE OR REPLACE TEMP TABLE response_out AS
SELECT patient_id, as_date(index_day) AS index_date, as_date(cbr_day) AS cbr_date, cbr_by_6_months, response_4_weeks,
       CASE WHEN index_day IS NULL THEN 'not_applicable'
            WHEN cbr_by_6_months = 'not_achieved' THEN 'yes'
            WHEN cbr_by_6_months = 'achieved' THEN 'no' ELSE 'unknown' END AS insufficient_response,
       CASE WHEN index_day IS NULL THEN 'not_applicable' ELSE as_word(in_cbr) END AS in_cbr,
       CASE WHEN index_day IS NULL THEN 'not_applicable' ELSE as_word(last_known) END AS last_known_cbr,
       as_date(last_known_day) AS last_known_cbr_date,
       as_date(loss_day) AS loss_of_cbr_date, as_date(relapse_day) AS relapse_date,
       CASE WHEN index_day IS NULL THEN 'not_applicable' ELSE as_word(histological_remission) END
           AS histological_remission,
       treatment_free_days, round(cbr_fraction, 9) AS cbr_fraction, CAST(known_days AS BIGINT) AS cbr_fraction_known_days
FROM response JOIN person USING (p) ORDER BY patient_id;

CREATE OR REPLACE TEMP TABLE state_out AS
SELECT patient_id, years AS age, as_word(years < 18) AS paediatric,
       coalesce(now.drugs, '') AS regimen, now.line, now.e - now.s AS days_on_regimen,  -- '': on nothing
       latest.alt AS alt_xuln, as_date(latest.alt_day) AS alt_date,
       latest.ast AS ast_xuln, as_date(latest.ast_day) AS ast_date,
       latest.igg AS igg_xuln, as_date(latest.igg_day) AS igg_date,
       getvariable('today') - cbr_day AS days_since_cbr, as_date(last_seen.day) AS last_seen,
       pattern.tgn, pattern.mmp, round(pattern.ratio, 6) AS mmp_tgn_ratio, pattern.unit AS metabolite_unit,
       coalesce(pattern.pattern, 'unknown') AS metabolite_pattern  -- unknown: no pair at all
FROM person JOIN age USING (p) JOIN response ON response.p = person.p LEFT JOIN now ON now.p = person.p
LEFT JOIN latest ON latest.p = person.p LEFT JOIN last_seen ON last_seen.p = person.p
LEFT JOIN pattern ON pattern.p = person.p ORDER BY patient_id;
