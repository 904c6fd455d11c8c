# SPDX-License-Identifier: MIT
"""Questions: what a study asks its cohort, in SQL that DuckDB and Spark both read.

in    the views of reading.VIEWS
out   one text of SQL a question
but   people are compared and never added up: no row is the sum of two of them
      a median over a person's walks is of walks, each counted once, however long
"""

from __future__ import annotations

_MEDIAN = "percentile_cont(0.5) WITHIN GROUP (ORDER BY {0})"

PEOPLE = f"""
SELECT site, code, min(day) AS first_day, max(day) AS last_day,
       count(*) AS walks, count(DISTINCT day) AS days,
       sum(steps_forward + steps_backward + steps_sideways + steps_unknown) AS steps,
       sum(steps_backward) AS steps_backward,
       round(sum(minutes_backward), 2) AS minutes_backward,
       round(sum(minutes_forward), 2) AS minutes_forward,
       sum(stumbles) AS stumbles, sum(falls) AS falls, sum(wobbles) AS wobbles,
       round({_MEDIAN.format("cadence_backward_spm")}, 1) AS cadence_backward_spm,
       round({_MEDIAN.format("speed_backward_mps")}, 3) AS speed_backward_mps,
       round({_MEDIAN.format("stride_length_backward_m")}, 3) AS stride_length_backward_m,
       round({_MEDIAN.format("stride_time_cv_backward")}, 4) AS stride_time_cv_backward,
       count(plan_counted) AS plan_sessions, coalesce(sum(plan_counted), 0) AS plan_counted
FROM session GROUP BY site, code ORDER BY site, code
"""

WEEKS = """
SELECT site, code, CAST(date_trunc('week', CAST(day AS DATE)) AS DATE) AS monday,
       count(*) AS walks, round(sum(minutes_backward), 2) AS minutes_backward,
       sum(stumbles) AS stumbles, sum(falls) AS falls, coalesce(sum(plan_counted), 0) AS plan_counted
FROM session GROUP BY site, code, CAST(date_trunc('week', CAST(day AS DATE)) AS DATE) ORDER BY site, code, monday
"""

STRIDES = f"""
SELECT w.site, w.code, s.direction, count(*) AS strides,
       round({_MEDIAN.format("s.stride_time_s")}, 4) AS stride_time_s,
       round({_MEDIAN.format("s.stride_length_m")}, 4) AS stride_length_m,
       round({_MEDIAN.format("s.stance")}, 4) AS stance,
       round(avg(CASE s.contact WHEN 'toe' THEN 1.0 WHEN 'heel' THEN 0.0 END), 4) AS toe_first
FROM stride AS s JOIN session AS w ON w.site = s.site AND w.walk = s.of_walk
WHERE s.inferred = 0 GROUP BY w.site, w.code, s.direction ORDER BY w.site, w.code, s.direction
"""

SITES = f"""
SELECT site, count(*) AS people, {_MEDIAN.format("walks")} AS walks_median,
       round({_MEDIAN.format("minutes_backward")}, 2) AS minutes_backward_median,
       round(min(minutes_backward), 2) AS minutes_backward_least, round(max(minutes_backward), 2) AS minutes_backward_most,
       count(CASE WHEN falls > 0 THEN 1 END) AS people_who_fell,
       count(CASE WHEN stumbles > 0 THEN 1 END) AS people_who_stumbled
FROM ({PEOPLE.replace("ORDER BY site, code", "")}) AS people GROUP BY site ORDER BY site
"""

TOTALS = "SELECT count(*) AS walks, sum(steps_forward + steps_backward + steps_sideways + steps_unknown) AS steps FROM session"

ALL = {"people": PEOPLE, "weeks": WEEKS, "sites": SITES, "strides": STRIDES}
