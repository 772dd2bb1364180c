-- The floor that `jpt bench` measures against: the same rollups by hand-written SQL on the same Parquet files, with no
-- checks, digests, seals or orchestration. {clean}, {members}, {villages}, {targets} and {nonresponse} are filled in.
CREATE OR REPLACE TEMP MACRO num(x) AS coalesce(try_cast(split_part(x, ',', 2) AS BIGINT), 0);
CREATE OR REPLACE TEMP TABLE floor_villages AS SELECT stream, village_code, tambon_code, lao_code, district_code,
    province_code FROM {villages};
CREATE OR REPLACE TEMP TABLE floor_closure AS
SELECT stream, village_code, unnest(['village', 'tambon', 'lao', 'district', 'province']) AS level,
    unnest([village_code, tambon_code, lao_code, district_code, province_code]) AS area_code
FROM floor_villages;
CREATE OR REPLACE TEMP TABLE floor_wide AS
SELECT stream, village_code,
    count(*) FILTER (r1 IN (1, 2)) AS a1, count(*) FILTER (r1 = 2) AS h1, count(*) FILTER (r1 = 3) AS i1,
    coalesce(sum(s1) FILTER (r1 IN (1, 2)), 0) AS s1, coalesce(sum(f1) FILTER (r1 IN (1, 2)), 0) AS f1,
    count(*) FILTER (r2 IN (1, 2)) AS a2, count(*) FILTER (r2 = 2) AS h2, count(*) FILTER (r2 = 3) AS i2,
    coalesce(sum(s2) FILTER (r2 IN (1, 2)), 0) AS s2, coalesce(sum(f2) FILTER (r2 IN (1, 2)), 0) AS f2,
    count(*) FILTER (r3 IN (1, 2)) AS a3, count(*) FILTER (r3 = 2) AS h3, count(*) FILTER (r3 = 3) AS i3,
    coalesce(sum(s3) FILTER (r3 IN (1, 2)), 0) AS s3, coalesce(sum(f3) FILTER (r3 IN (1, 2)), 0) AS f3,
    count(*) FILTER (r4 IN (1, 2)) AS a4, count(*) FILTER (r4 = 2) AS h4, count(*) FILTER (r4 = 3) AS i4,
    count(*) FILTER (r5 IN (1, 2)) AS a5, count(*) FILTER (r5 = 2) AS h5, count(*) FILTER (r5 = 3) AS i5,
    count(*) FILTER (r6 IN (1, 2)) AS a6, count(*) FILTER (r6 = 2) AS h6, count(*) FILTER (r6 = 3) AS i6,
    coalesce(sum(s6) FILTER (r6 IN (1, 2)), 0) AS s6, coalesce(sum(f6) FILTER (r6 IN (1, 2)), 0) AS f6,
    count(*) FILTER (r7 IN (1, 2)) AS a7, count(*) FILTER (r7 = 2) AS h7, count(*) FILTER (r7 = 3) AS i7,
    coalesce(sum(s7) FILTER (r7 IN (1, 2)), 0) AS s7, coalesce(sum(f7) FILTER (r7 IN (1, 2)), 0) AS f7,
    count(*) FILTER (r8 IN (1, 2)) AS a8, count(*) FILTER (r8 = 2) AS h8, count(*) FILTER (r8 = 3) AS i8,
    count(*) FILTER (r9 IN (1, 2)) AS a9, count(*) FILTER (r9 = 2) AS h9, count(*) FILTER (r9 = 3) AS i9,
    count(*) FILTER (r10 IN (1, 2)) AS a10, count(*) FILTER (r10 = 2) AS h10, count(*) FILTER (r10 = 3) AS i10,
    count(*) FILTER (r11 IN (1, 2)) AS a11, count(*) FILTER (r11 = 2) AS h11, count(*) FILTER (r11 = 3) AS i11,
    count(*) FILTER (r12 IN (1, 2)) AS a12, count(*) FILTER (r12 = 2) AS h12, count(*) FILTER (r12 = 3) AS i12,
    count(*) FILTER (r13 IN (1, 2)) AS a13, count(*) FILTER (r13 = 2) AS h13, count(*) FILTER (r13 = 3) AS i13,
    count(*) FILTER (r14 IN (1, 2)) AS a14, count(*) FILTER (r14 = 2) AS h14, count(*) FILTER (r14 = 3) AS i14,
    count(*) FILTER (r15 IN (1, 2)) AS a15, count(*) FILTER (r15 = 2) AS h15, count(*) FILTER (r15 = 3) AS i15,
    coalesce(sum(s15) FILTER (r15 IN (1, 2)), 0) AS s15, coalesce(sum(f15) FILTER (r15 IN (1, 2)), 0) AS f15,
    count(*) FILTER (r16 IN (1, 2)) AS a16, count(*) FILTER (r16 = 2) AS h16, count(*) FILTER (r16 = 3) AS i16,
    coalesce(sum(s16) FILTER (r16 IN (1, 2)), 0) AS s16, coalesce(sum(f16) FILTER (r16 IN (1, 2)), 0) AS f16,
    count(*) FILTER (r17 IN (1, 2)) AS a17, count(*) FILTER (r17 = 2) AS h17, count(*) FILTER (r17 = 3) AS i17,
    coalesce(sum(s17) FILTER (r17 IN (1, 2)), 0) AS s17, coalesce(sum(f17) FILTER (r17 IN (1, 2)), 0) AS f17,
    count(*) FILTER (r18 IN (1, 2)) AS a18, count(*) FILTER (r18 = 2) AS h18, count(*) FILTER (r18 = 3) AS i18,
    coalesce(sum(s18) FILTER (r18 IN (1, 2)), 0) AS s18, coalesce(sum(f18) FILTER (r18 IN (1, 2)), 0) AS f18,
    count(*) FILTER (r19 IN (1, 2)) AS a19, count(*) FILTER (r19 = 2) AS h19, count(*) FILTER (r19 = 3) AS i19,
    coalesce(sum(s19) FILTER (r19 IN (1, 2)), 0) AS s19, coalesce(sum(f19) FILTER (r19 IN (1, 2)), 0) AS f19,
    count(*) FILTER (r20 IN (1, 2)) AS a20, count(*) FILTER (r20 = 2) AS h20, count(*) FILTER (r20 = 3) AS i20,
    coalesce(sum(s20) FILTER (r20 IN (1, 2)), 0) AS s20, coalesce(sum(f20) FILTER (r20 IN (1, 2)), 0) AS f20,
    count(*) FILTER (r21 IN (1, 2)) AS a21, count(*) FILTER (r21 = 2) AS h21, count(*) FILTER (r21 = 3) AS i21,
    coalesce(sum(s21) FILTER (r21 IN (1, 2)), 0) AS s21, coalesce(sum(f21) FILTER (r21 IN (1, 2)), 0) AS f21,
    count(*) FILTER (r22 IN (1, 2)) AS a22, count(*) FILTER (r22 = 2) AS h22, count(*) FILTER (r22 = 3) AS i22,
    count(*) FILTER (r23 IN (1, 2)) AS a23, count(*) FILTER (r23 = 2) AS h23, count(*) FILTER (r23 = 3) AS i23,
    count(*) FILTER (r24 IN (1, 2)) AS a24, count(*) FILTER (r24 = 2) AS h24, count(*) FILTER (r24 = 3) AS i24,
    coalesce(sum(s24) FILTER (r24 IN (1, 2)), 0) AS s24, coalesce(sum(f24) FILTER (r24 IN (1, 2)), 0) AS f24,
    count(*) FILTER (r25 IN (1, 2)) AS a25, count(*) FILTER (r25 = 2) AS h25, count(*) FILTER (r25 = 3) AS i25,
    coalesce(sum(s25) FILTER (r25 IN (1, 2)), 0) AS s25, coalesce(sum(f25) FILTER (r25 IN (1, 2)), 0) AS f25,
    count(*) FILTER (r26 IN (1, 2)) AS a26, count(*) FILTER (r26 = 2) AS h26, count(*) FILTER (r26 = 3) AS i26,
    coalesce(sum(s26) FILTER (r26 IN (1, 2)), 0) AS s26, coalesce(sum(f26) FILTER (r26 IN (1, 2)), 0) AS f26,
    count(*) FILTER (r27 IN (1, 2)) AS a27, count(*) FILTER (r27 = 2) AS h27, count(*) FILTER (r27 = 3) AS i27,
    coalesce(sum(s27) FILTER (r27 IN (1, 2)), 0) AS s27, coalesce(sum(f27) FILTER (r27 IN (1, 2)), 0) AS f27,
    count(*) FILTER (r28 IN (1, 2)) AS a28, count(*) FILTER (r28 = 2) AS h28, count(*) FILTER (r28 = 3) AS i28,
    coalesce(sum(s28) FILTER (r28 IN (1, 2)), 0) AS s28, coalesce(sum(f28) FILTER (r28 IN (1, 2)), 0) AS f28,
    count(*) FILTER (r29 IN (1, 2)) AS a29, count(*) FILTER (r29 = 2) AS h29, count(*) FILTER (r29 = 3) AS i29,
    coalesce(sum(s29) FILTER (r29 IN (1, 2)), 0) AS s29, coalesce(sum(f29) FILTER (r29 IN (1, 2)), 0) AS f29,
    count(*) FILTER (r30 IN (1, 2)) AS a30, count(*) FILTER (r30 = 2) AS h30, count(*) FILTER (r30 = 3) AS i30,
    count(*) FILTER (r31 IN (1, 2)) AS a31, count(*) FILTER (r31 = 2) AS h31, count(*) FILTER (r31 = 3) AS i31
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
SELECT c.stream, c.level, c.area_code, l.indicator_no, sum(l.surveyed_n) AS surveyed_n, sum(l.failed_n) AS failed_n,
    sum(l.applicable_n) AS households_applicable_n, sum(l.households_failed_n) AS households_failed_n,
    sum(l.incomplete_n) AS incomplete_n
FROM floor_closure c JOIN (SELECT stream, village_code, unnest([
    {indicator_no: 1, surveyed_n: coalesce(s1, 0), failed_n: coalesce(f1, 0), applicable_n: coalesce(a1, 0), households_failed_n: coalesce(h1, 0), incomplete_n: coalesce(i1, 0)},
    {indicator_no: 2, surveyed_n: coalesce(s2, 0), failed_n: coalesce(f2, 0), applicable_n: coalesce(a2, 0), households_failed_n: coalesce(h2, 0), incomplete_n: coalesce(i2, 0)},
    {indicator_no: 3, surveyed_n: coalesce(s3, 0), failed_n: coalesce(f3, 0), applicable_n: coalesce(a3, 0), households_failed_n: coalesce(h3, 0), incomplete_n: coalesce(i3, 0)},
    {indicator_no: 4, surveyed_n: coalesce(a4, 0), failed_n: coalesce(h4, 0), applicable_n: coalesce(a4, 0), households_failed_n: coalesce(h4, 0), incomplete_n: coalesce(i4, 0)},
    {indicator_no: 5, surveyed_n: coalesce(a5, 0), failed_n: coalesce(h5, 0), applicable_n: coalesce(a5, 0), households_failed_n: coalesce(h5, 0), incomplete_n: coalesce(i5, 0)},
    {indicator_no: 6, surveyed_n: coalesce(s6, 0), failed_n: coalesce(f6, 0), applicable_n: coalesce(a6, 0), households_failed_n: coalesce(h6, 0), incomplete_n: coalesce(i6, 0)},
    {indicator_no: 7, surveyed_n: coalesce(s7, 0), failed_n: coalesce(f7, 0), applicable_n: coalesce(a7, 0), households_failed_n: coalesce(h7, 0), incomplete_n: coalesce(i7, 0)},
    {indicator_no: 8, surveyed_n: coalesce(a8, 0), failed_n: coalesce(h8, 0), applicable_n: coalesce(a8, 0), households_failed_n: coalesce(h8, 0), incomplete_n: coalesce(i8, 0)},
    {indicator_no: 9, surveyed_n: coalesce(a9, 0), failed_n: coalesce(h9, 0), applicable_n: coalesce(a9, 0), households_failed_n: coalesce(h9, 0), incomplete_n: coalesce(i9, 0)},
    {indicator_no: 10, surveyed_n: coalesce(a10, 0), failed_n: coalesce(h10, 0), applicable_n: coalesce(a10, 0), households_failed_n: coalesce(h10, 0), incomplete_n: coalesce(i10, 0)},
    {indicator_no: 11, surveyed_n: coalesce(a11, 0), failed_n: coalesce(h11, 0), applicable_n: coalesce(a11, 0), households_failed_n: coalesce(h11, 0), incomplete_n: coalesce(i11, 0)},
    {indicator_no: 12, surveyed_n: coalesce(a12, 0), failed_n: coalesce(h12, 0), applicable_n: coalesce(a12, 0), households_failed_n: coalesce(h12, 0), incomplete_n: coalesce(i12, 0)},
    {indicator_no: 13, surveyed_n: coalesce(a13, 0), failed_n: coalesce(h13, 0), applicable_n: coalesce(a13, 0), households_failed_n: coalesce(h13, 0), incomplete_n: coalesce(i13, 0)},
    {indicator_no: 14, surveyed_n: coalesce(a14, 0), failed_n: coalesce(h14, 0), applicable_n: coalesce(a14, 0), households_failed_n: coalesce(h14, 0), incomplete_n: coalesce(i14, 0)},
    {indicator_no: 15, surveyed_n: coalesce(s15, 0), failed_n: coalesce(f15, 0), applicable_n: coalesce(a15, 0), households_failed_n: coalesce(h15, 0), incomplete_n: coalesce(i15, 0)},
    {indicator_no: 16, surveyed_n: coalesce(s16, 0), failed_n: coalesce(f16, 0), applicable_n: coalesce(a16, 0), households_failed_n: coalesce(h16, 0), incomplete_n: coalesce(i16, 0)},
    {indicator_no: 17, surveyed_n: coalesce(s17, 0), failed_n: coalesce(f17, 0), applicable_n: coalesce(a17, 0), households_failed_n: coalesce(h17, 0), incomplete_n: coalesce(i17, 0)},
    {indicator_no: 18, surveyed_n: coalesce(s18, 0), failed_n: coalesce(f18, 0), applicable_n: coalesce(a18, 0), households_failed_n: coalesce(h18, 0), incomplete_n: coalesce(i18, 0)},
    {indicator_no: 19, surveyed_n: coalesce(s19, 0), failed_n: coalesce(f19, 0), applicable_n: coalesce(a19, 0), households_failed_n: coalesce(h19, 0), incomplete_n: coalesce(i19, 0)},
    {indicator_no: 20, surveyed_n: coalesce(s20, 0), failed_n: coalesce(f20, 0), applicable_n: coalesce(a20, 0), households_failed_n: coalesce(h20, 0), incomplete_n: coalesce(i20, 0)},
    {indicator_no: 21, surveyed_n: coalesce(s21, 0), failed_n: coalesce(f21, 0), applicable_n: coalesce(a21, 0), households_failed_n: coalesce(h21, 0), incomplete_n: coalesce(i21, 0)},
    {indicator_no: 22, surveyed_n: coalesce(a22, 0), failed_n: coalesce(h22, 0), applicable_n: coalesce(a22, 0), households_failed_n: coalesce(h22, 0), incomplete_n: coalesce(i22, 0)},
    {indicator_no: 23, surveyed_n: coalesce(a23, 0), failed_n: coalesce(h23, 0), applicable_n: coalesce(a23, 0), households_failed_n: coalesce(h23, 0), incomplete_n: coalesce(i23, 0)},
    {indicator_no: 24, surveyed_n: coalesce(s24, 0), failed_n: coalesce(f24, 0), applicable_n: coalesce(a24, 0), households_failed_n: coalesce(h24, 0), incomplete_n: coalesce(i24, 0)},
    {indicator_no: 25, surveyed_n: coalesce(s25, 0), failed_n: coalesce(f25, 0), applicable_n: coalesce(a25, 0), households_failed_n: coalesce(h25, 0), incomplete_n: coalesce(i25, 0)},
    {indicator_no: 26, surveyed_n: coalesce(s26, 0), failed_n: coalesce(f26, 0), applicable_n: coalesce(a26, 0), households_failed_n: coalesce(h26, 0), incomplete_n: coalesce(i26, 0)},
    {indicator_no: 27, surveyed_n: coalesce(s27, 0), failed_n: coalesce(f27, 0), applicable_n: coalesce(a27, 0), households_failed_n: coalesce(h27, 0), incomplete_n: coalesce(i27, 0)},
    {indicator_no: 28, surveyed_n: coalesce(s28, 0), failed_n: coalesce(f28, 0), applicable_n: coalesce(a28, 0), households_failed_n: coalesce(h28, 0), incomplete_n: coalesce(i28, 0)},
    {indicator_no: 29, surveyed_n: coalesce(s29, 0), failed_n: coalesce(f29, 0), applicable_n: coalesce(a29, 0), households_failed_n: coalesce(h29, 0), incomplete_n: coalesce(i29, 0)},
    {indicator_no: 30, surveyed_n: coalesce(a30, 0), failed_n: coalesce(h30, 0), applicable_n: coalesce(a30, 0), households_failed_n: coalesce(h30, 0), incomplete_n: coalesce(i30, 0)},
    {indicator_no: 31, surveyed_n: coalesce(a31, 0), failed_n: coalesce(h31, 0), applicable_n: coalesce(a31, 0), households_failed_n: coalesce(h31, 0), incomplete_n: coalesce(i31, 0)}
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
    sum(e.i4) AS income_own_produce_baht, sum(e.x1) AS expense_production_baht, sum(e.x2) AS expense_necessary_baht,
    sum(e.x3) AS expense_unnecessary_baht, sum(e.x4) AS expense_debt_baht
FROM floor_closure c JOIN (
    SELECT stream, village_code, count(*) AS households_n, sum(persons_n) AS persons_n,
        sum(CAST(a42211 AS BIGINT)) AS i1, sum(CAST(a42212 AS BIGINT)) AS i2, sum(CAST(a42213 AS BIGINT)) AS i3,
        sum(CAST(a42214 AS BIGINT)) AS i4, sum(CAST(a42221 AS BIGINT)) AS x1, sum(CAST(a42222 AS BIGINT)) AS x2,
        sum(CAST(a42223 AS BIGINT)) AS x3, sum(CAST(a42224 AS BIGINT)) AS x4
    FROM {clean} GROUP BY ALL) e USING (stream, village_code) GROUP BY ALL;
CREATE OR REPLACE TEMP TABLE floor_coverage AS
SELECT c.stream, c.level, c.area_code, sum(t.target_households) AS target_n, sum(h.n) AS surveyed_n,
    sum(h.photo_missing_n) AS photo_missing_n, sum(h.signature_missing_n) AS signature_missing_n, sum(r.n) AS nonresponse_n
FROM floor_closure c
LEFT JOIN {targets} t USING (village_code)
LEFT JOIN (SELECT stream, village_code, count(*) AS n, count(*) FILTER (evidence_photo = 'missing') AS photo_missing_n,
    count(*) FILTER (evidence_signature = 'missing') AS signature_missing_n FROM {clean} GROUP BY ALL) h
    USING (stream, village_code)
LEFT JOIN (SELECT village_code, count(*) AS n FROM {nonresponse} GROUP BY ALL) r USING (village_code)
GROUP BY ALL;
