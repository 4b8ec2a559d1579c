-- ## Which segments are there, and what are they worth?
-- One row per segment of the newest run. `last_year_spend` is what its members spent in the last 365 days.
SELECT name AS segment, customers, round(100 * customer_share, 1) AS customers_percent, revenue,
       round(100 * revenue_share, 1) AS revenue_percent, money_at_stake AS last_year_spend, currency
FROM published_segment_profiles
WHERE segmentation = 'value' AND rank = 1
ORDER BY revenue DESC;

-- ## What makes each segment different?
-- The three features whose median lies farthest from a typical customer's; `position_difference` is the share of all
-- customers between the two, negative where the segment's is lower.
SELECT name AS segment, rank, feature, round(median, 2) AS median, round(overall_median, 2) AS typical, unit,
       round(position_difference, 3) AS position_difference
FROM published_segment_profiles
WHERE segmentation = 'value' AND rank <= 3
ORDER BY segment, rank;

-- ## Whom do I try to win back first?
-- Good customers who have become quiet, the most money first.
SELECT customer_id, rfm_segment, recency_days, frequency, monetary
FROM published_customers
WHERE rfm_segment IN ('At Risk', 'Cannot Lose Them', 'Hibernating', 'Lost')
ORDER BY monetary DESC, customer_id
LIMIT 10;

-- ## How much of the money comes from the best tenth of the customers?
-- Tenths by monetary value, 1 is the best; ties by customer number.
WITH ranked AS (
    SELECT monetary, ntile(10) OVER (ORDER BY monetary DESC, customer_id) AS tenth FROM published_customers
)
SELECT tenth, count(*) AS customers, sum(monetary) AS revenue,
       round(100.0 * sum(monetary) / (SELECT sum(monetary) FROM published_customers), 1) AS revenue_percent
FROM ranked
GROUP BY tenth
ORDER BY tenth;

-- ## Do the two segmentations agree?
-- Value segments (the main names) beside RFM names (views of single customers by rules): customers in both.
SELECT value_segment, rfm_segment, count(*) AS customers
FROM published_customers
GROUP BY value_segment, rfm_segment
ORDER BY value_segment, customers DESC, rfm_segment;

-- ## Whose segment is least certain?
-- A small lead means that the next segment is almost as near: read these names with care. That says nothing of who is easy
-- to move. `fits_name` says whether the customer meets the rule of the segment's name, `own_name` what it would be by itself.
SELECT v.customer_id, v.name AS segment, n.name AS runner_up, round(v.runner_up_distance - v.distance, 4) AS lead,
       c.fits_name, c.own_name
FROM value_segments v
JOIN segment_names n ON n.segment_id = v.runner_up_id
JOIN published_customers c ON c.customer_id = v.customer_id
ORDER BY lead, v.customer_id
LIMIT 10;

-- ## In which countries do the segments live?
-- The three largest countries of each segment; null where the source names none.
WITH counted AS (
    SELECT segment, country, count(*) AS customers, sum(monetary) AS revenue
    FROM published_customers
    GROUP BY segment, country
)
SELECT segment, country, customers, revenue
FROM counted
QUALIFY row_number() OVER (PARTITION BY segment ORDER BY customers DESC, country) <= 3
ORDER BY segment, customers DESC, country;

-- ## What does each segment buy?
-- Share of gross spend per category; empty without categories.
SELECT c.segment, a.category, sum(a.spend) AS spend,
       round(100.0 * sum(a.spend) / sum(sum(a.spend)) OVER (PARTITION BY c.segment), 1) AS percent
FROM category_affinity a
JOIN published_customers c ON c.customer_id = a.customer_id
GROUP BY c.segment, a.category
QUALIFY row_number() OVER (PARTITION BY c.segment ORDER BY sum(a.spend) DESC, a.category) <= 4
ORDER BY c.segment, spend DESC;

-- ## Who moved between segments since the run before?
-- Customers by their segment at the two newest dates; a new one was no customer before.
WITH days AS (SELECT DISTINCT as_of FROM history_segments ORDER BY as_of DESC LIMIT 2),
     now AS (SELECT * FROM history_segments WHERE as_of = (SELECT max(as_of) FROM days)),
     before AS (SELECT * FROM history_segments WHERE as_of = (SELECT min(as_of) FROM days))
SELECT coalesce(before.name, '(new)') AS was, now.name AS "is", count(*) AS customers
FROM now LEFT JOIN before ON before.customer_id = now.customer_id
GROUP BY was, now.name
ORDER BY was, customers DESC, now.name;

-- ## Which good customers have slipped since the run before?
-- The score sum fell by three or more; the most money first.
WITH days AS (SELECT DISTINCT as_of FROM history_rfm ORDER BY as_of DESC LIMIT 2)
SELECT now.customer_id, before.segment AS was, now.segment AS "is", now.monetary,
       before.r_score + before.f_score + before.m_score AS score_before, now.r_score + now.f_score + now.m_score AS score
FROM history_rfm now
JOIN history_rfm before ON before.customer_id = now.customer_id
WHERE now.as_of = (SELECT max(as_of) FROM days) AND before.as_of = (SELECT min(as_of) FROM days)
  AND now.r_score + now.f_score + now.m_score <= before.r_score + before.f_score + before.m_score - 3
ORDER BY now.monetary DESC, now.customer_id
LIMIT 10;

-- ## How have the segments grown from run to run?
-- Customers and money of each RFM segment at every date that has been run.
SELECT as_of, segment, count(*) AS customers, sum(monetary) AS revenue
FROM history_rfm
GROUP BY as_of, segment
ORDER BY as_of, revenue DESC, segment;

-- ## How has revenue developed from month to month?
-- Purchases, returns and adjustments such as manual corrections; the last month may be a part of one.
SELECT date_trunc('month', day)::DATE AS month, sum(orders) AS orders, sum(gross) AS gross, sum(returned) AS returned,
       coalesce(sum(adjusted), 0) AS adjusted, sum(gross) + sum(returned) + coalesce(sum(adjusted), 0) AS net
FROM customer_days
WHERE day < (SELECT max(as_of) FROM published_customers)
GROUP BY month
ORDER BY month;

-- ## How many customers are won each month, and do they come back?
-- By the month of the first order, of months that ended 90 days ago or more, so that all had the same time to come back.
-- The first month of the history also holds customers who had bought before it.
WITH numbered AS (
    SELECT customer_id, day, row_number() OVER (PARTITION BY customer_id ORDER BY first_ts, invoice_id) AS nth
    FROM orders
    WHERE day < (SELECT max(as_of) FROM published_customers)
)
SELECT date_trunc('month', one.day)::DATE AS month, count(*) AS customers,
       round(100.0 * count(*) FILTER (two.day <= one.day + 90) / count(*), 1) AS again_within_90_days_percent
FROM numbered one
LEFT JOIN numbered two ON two.customer_id = one.customer_id AND two.nth = 2
WHERE one.nth = 1
GROUP BY month
HAVING last_day(month) + 90 < (SELECT max(as_of) FROM published_customers)
ORDER BY month;

-- ## Which share of a quarter's new customers still buys later?
-- Cohorts by the quarter of the first purchase; `quarter` counts on from it.
WITH active AS (
    SELECT DISTINCT customer_id, date_trunc('quarter', day)::DATE AS active_in
    FROM customer_days
    WHERE lines > 0 AND day < (SELECT max(as_of) FROM published_customers)
), cohorts AS (
    SELECT customer_id, min(active_in) AS cohort FROM active GROUP BY customer_id
), sizes AS (
    SELECT cohort, count(*) AS size FROM cohorts GROUP BY cohort
)
SELECT c.cohort, date_diff('quarter', c.cohort, a.active_in) AS quarter, count(*) AS customers,
       round(100.0 * count(*) / any_value(s.size), 1) AS percent
FROM active a
JOIN cohorts c ON c.customer_id = a.customer_id
JOIN sizes s ON s.cohort = c.cohort
GROUP BY c.cohort, quarter
ORDER BY c.cohort, quarter;

-- ## On which weekdays do people order?
-- Monday is 1.
SELECT isodow(day) AS weekday, count(*) AS orders, round(avg(gross), 2) AS average_order_value
FROM orders
WHERE day < (SELECT max(as_of) FROM published_customers)
GROUP BY weekday
ORDER BY weekday;

-- ## Which products bring the most money, and how much of it goes back?
-- Gross of purchase lines, and return lines as a share of it.
SELECT product_id, min(description) AS description, count(DISTINCT customer_id) AS customers,
       sum(amount) FILTER (amount > 0) AS gross,
       round(-100.0 * coalesce(sum(amount) FILTER (is_return), 0) / sum(amount) FILTER (amount > 0), 1) AS returned_percent
FROM transactions
WHERE day < (SELECT max(as_of) FROM published_customers)
GROUP BY product_id
HAVING gross > 0
ORDER BY gross DESC, product_id
LIMIT 10;

-- ## Which customers return a lot?
-- Of those with four orders or more; `return_rate` may exceed 1 when older purchases go back.
SELECT customer_id, segment, frequency, monetary, round(return_rate, 3) AS return_rate
FROM published_customers
WHERE frequency >= 4
ORDER BY published_customers.return_rate DESC, customer_id
LIMIT 10;

-- ## Whose spending is rising, and whose is falling?
-- spend_trend compares the last 90 days with the 90 before: 1 is all new, -1 is all gone.
SELECT segment, count(*) AS customers, count(*) FILTER (spend_trend > 0.2) AS rising,
       count(*) FILTER (spend_trend < -0.2) AS falling, sum(spend_90d) AS spend_90d
FROM published_customers
GROUP BY segment
ORDER BY spend_90d DESC, segment;

-- ## Why are some rows left out of all this?
-- Rejected rows by reason, with their money where it can be read: of purchases and of returns. A row may have several.
SELECT reason, count(*) AS rows, sum(amount) FILTER (amount > 0) AS money, sum(amount) FILTER (amount < 0) AS credits
FROM (SELECT unnest(reasons) AS reason, amount FROM rejected_rows)
GROUP BY reason
ORDER BY rows DESC, reason;

-- ## Which runs are there, and is this one complete?
-- `stages` were made or found; a stage that is not configured, or of another as_of only, is absent.
SELECT as_of, sequence, run_id, count(*) FILTER (status <> 'absent') AS stages,
       count(*) FILTER (status = 'absent') AS absent
FROM history_run_manifest
GROUP BY as_of, sequence, run_id
ORDER BY as_of DESC, sequence DESC;
