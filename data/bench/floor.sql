-- The floor that `jpt bench` measures against: the same rollups by hand-written SQL on the same Parquet files, of one
-- province or of all. In it: the results of the 31 indicators of each household, the figures of every village, their sums
-- for every area of every level, and the four tables written as Parquet. Not in it: checks, digests, seals, gates, the
-- rows of each household, names and parents of areas, order, orchestration. {clean}, {members}, {quarantine}, {villages},
-- {targets}, {nonresponse} and {out} are filled in. One sum counts the passed, failed and incomplete households of an
-- indicator (20 bits each): half the time of three counts.
CREATE OR REPLACE TEMP MACRO num(x) AS coalesce(try_cast(split_part(x, ',', 2) AS BIGINT), 0);
CREATE OR REPLACE TEMP MACRO packed(r) AS sum(CASE r WHEN 1 THEN 1 WHEN 2 THEN 1048576 WHEN 3 THEN 1099511627776 END);
CREATE OR REPLACE TEMP MACRO passed(w) AS coalesce(w % 1048576, 0);
CREATE OR REPLACE TEMP MACRO failed(w) AS coalesce(w // 1048576 % 1048576, 0);
CREATE OR REPLACE TEMP MACRO incomplete(w) AS coalesce(w // 1099511627776, 0);
CREATE OR REPLACE TEMP TABLE floor_villages AS SELECT stream, village_code, tambon_code, lao_code, district_code,
    province_code FROM {villages};
CREATE OR REPLACE TEMP TABLE floor_closure AS
SELECT stream, village_code, unnest(['village', 'tambon', 'lao', 'district', 'province', 'nation']) AS level,
    unnest([village_code, tambon_code, lao_code, district_code, province_code, 'TH']) AS area_code
FROM floor_villages;
CREATE OR REPLACE TEMP TABLE floor_wide AS
SELECT stream, village_code,
    packed(r1) AS w1,
    sum(CASE WHEN r1 IN (1, 2) THEN s1 END) AS s1, sum(CASE WHEN r1 IN (1, 2) THEN f1 END) AS f1,
    packed(r2) AS w2,
    sum(CASE WHEN r2 IN (1, 2) THEN s2 END) AS s2, sum(CASE WHEN r2 IN (1, 2) THEN f2 END) AS f2,
    packed(r3) AS w3,
    sum(CASE WHEN r3 IN (1, 2) THEN s3 END) AS s3, sum(CASE WHEN r3 IN (1, 2) THEN f3 END) AS f3,
    packed(r4) AS w4,
    packed(r5) AS w5,
    packed(r6) AS w6,
    sum(CASE WHEN r6 IN (1, 2) THEN s6 END) AS s6, sum(CASE WHEN r6 IN (1, 2) THEN f6 END) AS f6,
    packed(r7) AS w7,
    sum(CASE WHEN r7 IN (1, 2) THEN s7 END) AS s7, sum(CASE WHEN r7 IN (1, 2) THEN f7 END) AS f7,
    packed(r8) AS w8,
    packed(r9) AS w9,
    packed(r10) AS w10,
    packed(r11) AS w11,
    packed(r12) AS w12,
    packed(r13) AS w13,
    packed(r14) AS w14,
    packed(r15) AS w15,
    sum(CASE WHEN r15 IN (1, 2) THEN s15 END) AS s15, sum(CASE WHEN r15 IN (1, 2) THEN f15 END) AS f15,
    packed(r16) AS w16,
    sum(CASE WHEN r16 IN (1, 2) THEN s16 END) AS s16, sum(CASE WHEN r16 IN (1, 2) THEN f16 END) AS f16,
    packed(r17) AS w17,
    sum(CASE WHEN r17 IN (1, 2) THEN s17 END) AS s17, sum(CASE WHEN r17 IN (1, 2) THEN f17 END) AS f17,
    packed(r18) AS w18,
    sum(CASE WHEN r18 IN (1, 2) THEN s18 END) AS s18, sum(CASE WHEN r18 IN (1, 2) THEN f18 END) AS f18,
    packed(r19) AS w19,
    sum(CASE WHEN r19 IN (1, 2) THEN s19 END) AS s19, sum(CASE WHEN r19 IN (1, 2) THEN f19 END) AS f19,
    packed(r20) AS w20,
    sum(CASE WHEN r20 IN (1, 2) THEN s20 END) AS s20, sum(CASE WHEN r20 IN (1, 2) THEN f20 END) AS f20,
    packed(r21) AS w21,
    sum(CASE WHEN r21 IN (1, 2) THEN s21 END) AS s21, sum(CASE WHEN r21 IN (1, 2) THEN f21 END) AS f21,
    packed(r22) AS w22,
    packed(r23) AS w23,
    packed(r24) AS w24,
    sum(CASE WHEN r24 IN (1, 2) THEN s24 END) AS s24, sum(CASE WHEN r24 IN (1, 2) THEN f24 END) AS f24,
    packed(r25) AS w25,
    sum(CASE WHEN r25 IN (1, 2) THEN s25 END) AS s25, sum(CASE WHEN r25 IN (1, 2) THEN f25 END) AS f25,
    packed(r26) AS w26,
    sum(CASE WHEN r26 IN (1, 2) THEN s26 END) AS s26, sum(CASE WHEN r26 IN (1, 2) THEN f26 END) AS f26,
    packed(r27) AS w27,
    sum(CASE WHEN r27 IN (1, 2) THEN s27 END) AS s27, sum(CASE WHEN r27 IN (1, 2) THEN f27 END) AS f27,
    packed(r28) AS w28,
    sum(CASE WHEN r28 IN (1, 2) THEN s28 END) AS s28, sum(CASE WHEN r28 IN (1, 2) THEN f28 END) AS f28,
    packed(r29) AS w29,
    sum(CASE WHEN r29 IN (1, 2) THEN s29 END) AS s29, sum(CASE WHEN r29 IN (1, 2) THEN f29 END) AS f29,
    packed(r30) AS w30,
    packed(r31) AS w31
FROM (SELECT stream, village_code,
    CASE WHEN a1111 IS NULL OR a1111 = '0' THEN 0 WHEN a1121 IS NULL THEN 3 WHEN a1121 = '1' THEN 1 ELSE 2 END AS r1,
    num(a1111) AS s1, num(a1121) AS f1,
    CASE WHEN a1231 IS NULL OR a1231 = '0' THEN 0 WHEN a1241 IS NULL THEN 3 WHEN a1241 = '1' THEN 1 ELSE 2 END AS r2,
    num(a1231) AS s2, num(a1241) AS f2,
    CASE WHEN a1311 IS NULL OR a1311 = '0' THEN 0 WHEN a1321 IS NULL THEN 3 WHEN a1321 = '1' THEN 1 ELSE 2 END AS r3,
    num(a1311) AS s3, num(a1321) AS f3,
    CASE WHEN false THEN 0 WHEN a1411 IS NULL OR a1421 IS NULL OR a1431 IS NULL OR a1441 IS NULL THEN 3 WHEN a1411 = '1' AND a1421 = '1' AND a1431 = '1' AND a1441 = '1' THEN 1 ELSE 2 END AS r4,
    CASE WHEN false THEN 0 WHEN a1511 IS NULL OR a1521 IS NULL OR a1531 IS NULL OR a1541 IS NULL THEN 3 WHEN a1511 = '1' AND a1521 = '1' AND a1531 = '1' AND a1541 = '1' THEN 1 ELSE 2 END AS r5,
    CASE WHEN a1631 IS NULL OR a1631 = '0' THEN 0 WHEN a1641 IS NULL THEN 3 WHEN a1641 = '1' THEN 1 ELSE 2 END AS r6,
    num(a1631) AS s6, num(a1641) AS f6,
    CASE WHEN r_age_6_plus = 0 THEN 0 WHEN a1711 IS NULL AND a1714 IS NULL THEN 3 WHEN coalesce(a1711 = '1', false) THEN 1 ELSE 2 END AS r7,
    r_age_6_plus AS s7, num(a1714) AS f7,
    CASE WHEN false THEN 0 WHEN a2811 IS NULL OR a2821 IS NULL THEN 3 WHEN a2811 = '1' AND a2821 = '1' THEN 1 ELSE 2 END AS r8,
    CASE WHEN false THEN 0 WHEN a2911 IS NULL THEN 3 WHEN a2911 = '1' THEN 1 ELSE 2 END AS r9,
    CASE WHEN false THEN 0 WHEN a21011 IS NULL THEN 3 WHEN a21011 = '1' THEN 1 ELSE 2 END AS r10,
    CASE WHEN false THEN 0 WHEN a21111 IS NULL OR a21121 IS NULL OR a21131 IS NULL OR a21141 IS NULL OR a21151 IS NULL OR a21152 IS NULL OR a21153 IS NULL OR a21154 IS NULL OR a21161 IS NULL OR a21171 IS NULL OR a21181 IS NULL THEN 3 WHEN a21111 = '1' AND a21121 = '1' AND a21131 = '1' AND a21141 = '1' AND a21151 = '1' AND a21152 = '1' AND a21153 = '1' AND a21154 = '1' AND a21161 = '1' AND a21171 = '1' AND a21181 = '1' THEN 1 ELSE 2 END AS r11,
    CASE WHEN false THEN 0 WHEN a21211 IS NULL OR a21221 IS NULL OR a21231 IS NULL OR a21241 IS NULL OR a21251 IS NULL OR a21261 IS NULL THEN 3 WHEN a21211 = '1' AND a21221 = '1' AND a21231 = '1' AND a21241 = '1' AND a21251 = '1' AND a21261 = '1' THEN 1 ELSE 2 END AS r12,
    CASE WHEN false THEN 0 WHEN a21311 IS NULL OR a21312 IS NULL OR a21313 IS NULL OR a21314 IS NULL THEN 3 WHEN a21311 = '1' AND a21312 = '1' AND a21313 = '1' AND a21314 = '1' THEN 1 ELSE 2 END AS r13,
    CASE WHEN false THEN 0 WHEN a21411 IS NULL OR a21421 IS NULL OR a21431 IS NULL OR a21451 IS NULL OR a21461 IS NULL THEN 3 WHEN a21411 = '1' AND a21421 = '1' AND a21431 = '0' AND a21451 = '0' AND a21461 = '0' THEN 1 ELSE 2 END AS r14,
    CASE WHEN a31511 IS NULL OR a31511 = '0' THEN 0 WHEN a31521 IS NULL THEN 3 WHEN a31521 = '1' THEN 1 ELSE 2 END AS r15,
    num(a31511) AS s15, num(a31521) AS f15,
    CASE WHEN a31611 IS NULL OR a31611 = '0' THEN 0 WHEN a31621 IS NULL THEN 3 WHEN a31621 = '1' THEN 1 ELSE 2 END AS r16,
    num(a31611) AS s16, num(a31621) AS f16,
    CASE WHEN a31711 IS NULL OR a31711 = '0' THEN 0 WHEN a31721 IS NULL THEN 3 WHEN a31721 = '1' THEN 1 ELSE 2 END AS r17,
    num(a31711) AS s17, num(a31721) AS f17,
    CASE WHEN a31811 IS NULL OR a31811 = '0' THEN 0 WHEN a31821 IS NULL THEN 3 WHEN a31821 = '1' THEN 1 ELSE 2 END AS r18,
    num(a31811) AS s18, num(a31821) AS f18,
    CASE WHEN a31911 IS NULL OR a31911 = '0' THEN 0 WHEN a31921 IS NULL THEN 3 WHEN a31921 = '1' THEN 1 ELSE 2 END AS r19,
    num(a31911) AS s19, num(a31921) AS f19,
    CASE WHEN a42011 IS NULL OR a42011 = '0' THEN 0 WHEN a42021 IS NULL AND a42022 IS NULL AND a42023 IS NULL THEN 3 WHEN coalesce(a42021 = '1', false) THEN 1 ELSE 2 END AS r20,
    num(a42011) AS s20, num(a42022) + num(a42023) AS f20,
    CASE WHEN a42111 IS NULL OR a42111 = '0' THEN 0 WHEN a42121 IS NULL AND a42122 IS NULL AND a42123 IS NULL THEN 3 WHEN coalesce(a42121 = '1', false) THEN 1 ELSE 2 END AS r21,
    num(a42111) AS s21, num(a42122) + num(a42123) AS f21,
    CASE WHEN false THEN 0 WHEN a42215 IS NULL THEN 3 WHEN CAST(a42215 AS BIGINT) >= 38000 * CAST(r_members AS BIGINT) THEN 1 ELSE 2 END AS r22,
    CASE WHEN false THEN 0 WHEN NOT (coalesce(a423112 = '1', false) OR coalesce(a42311 = '1', false) OR coalesce(a42312 = '1', false) OR coalesce(a42313 = '1', false) OR coalesce(a42314 = '1', false) OR coalesce(a42315 = '1', false) OR coalesce(a42316 = '1', false) OR coalesce(a42317 = '1', false) OR coalesce(a42318 = '1', false) OR coalesce(a42319 = '1', false) OR coalesce(a423110 = '1', false) OR coalesce(a423111 LIKE '1%', false)) THEN 3 WHEN coalesce(a42311 = '1', false) OR coalesce(a42312 = '1', false) OR coalesce(a42313 = '1', false) OR coalesce(a42314 = '1', false) OR coalesce(a42315 = '1', false) OR coalesce(a42316 = '1', false) OR coalesce(a42317 = '1', false) OR coalesce(a42318 = '1', false) OR coalesce(a42319 = '1', false) OR coalesce(a423110 = '1', false) OR coalesce(a423111 LIKE '1%', false) THEN 1 ELSE 2 END AS r23,
    CASE WHEN false THEN 0 WHEN a52411 IS NULL AND a52412 IS NULL AND a52413 IS NULL AND a52414 IS NULL THEN 3 WHEN coalesce(a52411 = '1', false) THEN 1 ELSE 2 END AS r24,
    r_members AS s24, num(a52412) + num(a52413) + num(a52414) AS f24,
    CASE WHEN false THEN 0 WHEN a52511 IS NULL THEN 3 WHEN a52511 = '0' THEN 1 ELSE 2 END AS r25,
    r_members AS s25, num(a52511) AS f25,
    CASE WHEN r_age_6_plus = 0 THEN 0 WHEN a52611 IS NULL THEN 3 WHEN a52611 = '1' THEN 1 ELSE 2 END AS r26,
    r_age_6_plus AS s26, num(a52611) AS f26,
    CASE WHEN a52711 IS NULL OR a52711 = '0' THEN 0 WHEN a52721 IS NULL THEN 3 WHEN a52721 = '1' THEN 1 ELSE 2 END AS r27,
    num(a52711) AS s27, num(a52721) AS f27,
    CASE WHEN a52811 IS NULL OR a52811 = '0' THEN 0 WHEN a52831 IS NULL THEN 3 WHEN a52831 = '1' THEN 1 ELSE 2 END AS r28,
    num(a52811) AS s28, num(a52831) AS f28,
    CASE WHEN a52911 IS NULL OR a52911 = '0' THEN 0 WHEN a52921 IS NULL THEN 3 WHEN a52921 = '1' THEN 1 ELSE 2 END AS r29,
    num(a52911) AS s29, num(a52921) AS f29,
    CASE WHEN false THEN 0 WHEN a5301 IS NULL THEN 3 WHEN a5301 = '1' THEN 1 ELSE 2 END AS r30,
    CASE WHEN false THEN 0 WHEN CASE WHEN a53111 = '1' THEN a53112 IS NULL OR a53113 IS NULL OR a53114 IS NULL ELSE a53121 IS NULL AND a53122 IS NULL END THEN 3 WHEN CASE WHEN a53111 = '1' THEN a53112 = '1' AND a53113 = '1' AND a53114 = '1' ELSE coalesce(a53121 = '1', false) OR coalesce(a53122 = '1', false) END THEN 1 ELSE 2 END AS r31
FROM {clean}) GROUP BY stream, village_code;
CREATE OR REPLACE TEMP TABLE floor_indicators AS
SELECT c.stream, c.level, c.area_code, l.indicator_no, sum(l.surveyed_n) AS surveyed_n,
    sum(l.surveyed_n - l.failed_n) AS passed_n, sum(l.failed_n) AS failed_n,
    sum(l.applicable_n) AS households_applicable_n, sum(l.households_failed_n) AS households_failed_n,
    sum(l.incomplete_n) AS incomplete_n
FROM floor_closure c JOIN (SELECT stream, village_code, unnest([
    {indicator_no: 1, surveyed_n: coalesce(s1, 0), failed_n: coalesce(f1, 0), applicable_n: passed(w1) + failed(w1), households_failed_n: failed(w1), incomplete_n: incomplete(w1)},
    {indicator_no: 2, surveyed_n: coalesce(s2, 0), failed_n: coalesce(f2, 0), applicable_n: passed(w2) + failed(w2), households_failed_n: failed(w2), incomplete_n: incomplete(w2)},
    {indicator_no: 3, surveyed_n: coalesce(s3, 0), failed_n: coalesce(f3, 0), applicable_n: passed(w3) + failed(w3), households_failed_n: failed(w3), incomplete_n: incomplete(w3)},
    {indicator_no: 4, surveyed_n: passed(w4) + failed(w4), failed_n: failed(w4), applicable_n: passed(w4) + failed(w4), households_failed_n: failed(w4), incomplete_n: incomplete(w4)},
    {indicator_no: 5, surveyed_n: passed(w5) + failed(w5), failed_n: failed(w5), applicable_n: passed(w5) + failed(w5), households_failed_n: failed(w5), incomplete_n: incomplete(w5)},
    {indicator_no: 6, surveyed_n: coalesce(s6, 0), failed_n: coalesce(f6, 0), applicable_n: passed(w6) + failed(w6), households_failed_n: failed(w6), incomplete_n: incomplete(w6)},
    {indicator_no: 7, surveyed_n: coalesce(s7, 0), failed_n: coalesce(f7, 0), applicable_n: passed(w7) + failed(w7), households_failed_n: failed(w7), incomplete_n: incomplete(w7)},
    {indicator_no: 8, surveyed_n: passed(w8) + failed(w8), failed_n: failed(w8), applicable_n: passed(w8) + failed(w8), households_failed_n: failed(w8), incomplete_n: incomplete(w8)},
    {indicator_no: 9, surveyed_n: passed(w9) + failed(w9), failed_n: failed(w9), applicable_n: passed(w9) + failed(w9), households_failed_n: failed(w9), incomplete_n: incomplete(w9)},
    {indicator_no: 10, surveyed_n: passed(w10) + failed(w10), failed_n: failed(w10), applicable_n: passed(w10) + failed(w10), households_failed_n: failed(w10), incomplete_n: incomplete(w10)},
    {indicator_no: 11, surveyed_n: passed(w11) + failed(w11), failed_n: failed(w11), applicable_n: passed(w11) + failed(w11), households_failed_n: failed(w11), incomplete_n: incomplete(w11)},
    {indicator_no: 12, surveyed_n: passed(w12) + failed(w12), failed_n: failed(w12), applicable_n: passed(w12) + failed(w12), households_failed_n: failed(w12), incomplete_n: incomplete(w12)},
    {indicator_no: 13, surveyed_n: passed(w13) + failed(w13), failed_n: failed(w13), applicable_n: passed(w13) + failed(w13), households_failed_n: failed(w13), incomplete_n: incomplete(w13)},
    {indicator_no: 14, surveyed_n: passed(w14) + failed(w14), failed_n: failed(w14), applicable_n: passed(w14) + failed(w14), households_failed_n: failed(w14), incomplete_n: incomplete(w14)},
    {indicator_no: 15, surveyed_n: coalesce(s15, 0), failed_n: coalesce(f15, 0), applicable_n: passed(w15) + failed(w15), households_failed_n: failed(w15), incomplete_n: incomplete(w15)},
    {indicator_no: 16, surveyed_n: coalesce(s16, 0), failed_n: coalesce(f16, 0), applicable_n: passed(w16) + failed(w16), households_failed_n: failed(w16), incomplete_n: incomplete(w16)},
    {indicator_no: 17, surveyed_n: coalesce(s17, 0), failed_n: coalesce(f17, 0), applicable_n: passed(w17) + failed(w17), households_failed_n: failed(w17), incomplete_n: incomplete(w17)},
    {indicator_no: 18, surveyed_n: coalesce(s18, 0), failed_n: coalesce(f18, 0), applicable_n: passed(w18) + failed(w18), households_failed_n: failed(w18), incomplete_n: incomplete(w18)},
    {indicator_no: 19, surveyed_n: coalesce(s19, 0), failed_n: coalesce(f19, 0), applicable_n: passed(w19) + failed(w19), households_failed_n: failed(w19), incomplete_n: incomplete(w19)},
    {indicator_no: 20, surveyed_n: coalesce(s20, 0), failed_n: coalesce(f20, 0), applicable_n: passed(w20) + failed(w20), households_failed_n: failed(w20), incomplete_n: incomplete(w20)},
    {indicator_no: 21, surveyed_n: coalesce(s21, 0), failed_n: coalesce(f21, 0), applicable_n: passed(w21) + failed(w21), households_failed_n: failed(w21), incomplete_n: incomplete(w21)},
    {indicator_no: 22, surveyed_n: passed(w22) + failed(w22), failed_n: failed(w22), applicable_n: passed(w22) + failed(w22), households_failed_n: failed(w22), incomplete_n: incomplete(w22)},
    {indicator_no: 23, surveyed_n: passed(w23) + failed(w23), failed_n: failed(w23), applicable_n: passed(w23) + failed(w23), households_failed_n: failed(w23), incomplete_n: incomplete(w23)},
    {indicator_no: 24, surveyed_n: coalesce(s24, 0), failed_n: coalesce(f24, 0), applicable_n: passed(w24) + failed(w24), households_failed_n: failed(w24), incomplete_n: incomplete(w24)},
    {indicator_no: 25, surveyed_n: coalesce(s25, 0), failed_n: coalesce(f25, 0), applicable_n: passed(w25) + failed(w25), households_failed_n: failed(w25), incomplete_n: incomplete(w25)},
    {indicator_no: 26, surveyed_n: coalesce(s26, 0), failed_n: coalesce(f26, 0), applicable_n: passed(w26) + failed(w26), households_failed_n: failed(w26), incomplete_n: incomplete(w26)},
    {indicator_no: 27, surveyed_n: coalesce(s27, 0), failed_n: coalesce(f27, 0), applicable_n: passed(w27) + failed(w27), households_failed_n: failed(w27), incomplete_n: incomplete(w27)},
    {indicator_no: 28, surveyed_n: coalesce(s28, 0), failed_n: coalesce(f28, 0), applicable_n: passed(w28) + failed(w28), households_failed_n: failed(w28), incomplete_n: incomplete(w28)},
    {indicator_no: 29, surveyed_n: coalesce(s29, 0), failed_n: coalesce(f29, 0), applicable_n: passed(w29) + failed(w29), households_failed_n: failed(w29), incomplete_n: incomplete(w29)},
    {indicator_no: 30, surveyed_n: passed(w30) + failed(w30), failed_n: failed(w30), applicable_n: passed(w30) + failed(w30), households_failed_n: failed(w30), incomplete_n: incomplete(w30)},
    {indicator_no: 31, surveyed_n: passed(w31) + failed(w31), failed_n: failed(w31), applicable_n: passed(w31) + failed(w31), households_failed_n: failed(w31), incomplete_n: incomplete(w31)}
], recursive := true) FROM floor_villages LEFT JOIN floor_wide USING (stream, village_code)) l USING (stream, village_code)
GROUP BY ALL;
CREATE OR REPLACE TEMP TABLE floor_population AS
SELECT c.stream, c.level, c.area_code, p.sex, p.age_band, sum(p.n) AS persons_n
FROM floor_closure c JOIN (
    SELECT stream, village_code, sex, CASE WHEN age_years >= 100 THEN '100+'
        ELSE (age_years // 5 * 5) || '-' || (age_years // 5 * 5 + 4) END AS age_band, count(*) AS n
    FROM {members} GROUP BY ALL) p USING (stream, village_code) GROUP BY ALL;
CREATE OR REPLACE TEMP TABLE floor_economy AS
SELECT c.stream, c.level, c.area_code, sum(e.households_n) AS households_n, sum(e.persons_n) AS persons_n,
    sum(e.i1) AS income_main_baht, sum(e.i2) AS income_second_baht, sum(e.i3) AS income_other_baht,
    sum(e.i4) AS income_own_produce_baht, sum(e.i1 + e.i2 + e.i3 + e.i4) AS income_baht,
    sum(e.x1) AS expense_production_baht, sum(e.x2) AS expense_necessary_baht,
    sum(e.x3) AS expense_unnecessary_baht, sum(e.x4) AS expense_debt_baht, sum(e.x1 + e.x2 + e.x3 + e.x4) AS expense_baht
FROM floor_closure c JOIN (
    SELECT stream, village_code, count(*) AS households_n, sum(persons_n) AS persons_n,
        sum(CAST(a42211 AS BIGINT)) AS i1, sum(CAST(a42212 AS BIGINT)) AS i2, sum(CAST(a42213 AS BIGINT)) AS i3,
        sum(CAST(a42214 AS BIGINT)) AS i4, sum(CAST(a42221 AS BIGINT)) AS x1, sum(CAST(a42222 AS BIGINT)) AS x2,
        sum(CAST(a42223 AS BIGINT)) AS x3, sum(CAST(a42224 AS BIGINT)) AS x4
    FROM {clean} GROUP BY ALL) e USING (stream, village_code) GROUP BY ALL;
CREATE OR REPLACE TEMP TABLE floor_counts AS
SELECT c.stream, c.level, c.area_code, sum(t.n) AS target_n, sum(h.n) AS surveyed_n,
    sum(h.photo_missing_n) AS photo_missing_n, sum(h.photo_refused_n) AS photo_refused_n,
    sum(h.signature_missing_n) AS signature_missing_n, sum(h.signature_refused_n) AS signature_refused_n,
    sum(q.n) AS quarantined_n, sum(r.empty_n) AS nonresponse_empty_n, sum(r.refused_n) AS nonresponse_refused_n,
    sum(r.under_6_months_n) AS nonresponse_under_6_months_n,
    sum(r.counted_elsewhere_n) AS nonresponse_counted_elsewhere_n, sum(r.not_found_n) AS nonresponse_not_found_n
FROM floor_closure c
LEFT JOIN (SELECT village_code, sum(target_households) AS n FROM {targets} GROUP BY ALL) t USING (village_code)
LEFT JOIN (
    SELECT stream, village_code, count(*) AS n, count(*) FILTER (evidence_photo = 'missing') AS photo_missing_n,
        count(*) FILTER (evidence_photo = 'refused') AS photo_refused_n,
        count(*) FILTER (evidence_signature = 'missing') AS signature_missing_n,
        count(*) FILTER (evidence_signature = 'refused') AS signature_refused_n
    FROM {clean} GROUP BY ALL) h USING (stream, village_code)
LEFT JOIN (SELECT village_code, count(*) AS n FROM {quarantine} WHERE record_kind = 'household' GROUP BY ALL) q
    USING (village_code)
LEFT JOIN (
    SELECT village_code, count(*) FILTER (reason = 'empty') AS empty_n, count(*) FILTER (reason = 'refused') AS refused_n,
        count(*) FILTER (reason = 'under_6_months') AS under_6_months_n,
        count(*) FILTER (reason = 'counted_elsewhere') AS counted_elsewhere_n,
        count(*) FILTER (reason = 'not_found') AS not_found_n
    FROM {nonresponse} GROUP BY ALL) r USING (village_code)
GROUP BY ALL;
CREATE OR REPLACE TEMP TABLE floor_enumerators AS
SELECT c.stream, c.level, c.area_code, count(DISTINCT e.enumerator_id) AS enumerators_n
FROM floor_closure c JOIN (SELECT DISTINCT stream, village_code, enumerator_id FROM {clean}) e USING (stream, village_code)
GROUP BY ALL;
CREATE OR REPLACE TEMP TABLE floor_coverage AS
FROM floor_counts LEFT JOIN floor_enumerators USING (stream, level, area_code);
COPY floor_indicators TO '{out}/indicators.parquet' (FORMAT parquet, COMPRESSION zstd);
COPY floor_population TO '{out}/population.parquet' (FORMAT parquet, COMPRESSION zstd);
COPY floor_economy TO '{out}/economy.parquet' (FORMAT parquet, COMPRESSION zstd);
COPY floor_coverage TO '{out}/coverage.parquet' (FORMAT parquet, COMPRESSION zstd);
