-- Up Migration

-- What registers state of a dwelling beyond rooms and areas. Sales that were loaded before have it in their details, by the names of their source.
ALTER TABLE sale
  ADD storey real,
  ADD year_built smallint,
  ADD lease_start smallint,
  ADD lease_remaining real,
  ADD grade real,
  ADD new_build smallint;

UPDATE sale SET
  storey = (split_part(details->>'storey_range', ' TO ', 1)::real + split_part(details->>'storey_range', ' TO ', 2)::real) / 2,
  lease_start = (details->>'lease_commence_date')::smallint
WHERE details->>'storey_range' ~* '^\d{1,2} TO \d{1,2}$' AND details->>'lease_commence_date' ~ '^[1-9]\d{3}$';

UPDATE sale SET lease_remaining = round(substring(details->>'remaining_lease' from '^\d+')::numeric
    + coalesce(substring(details->>'remaining_lease' from '(\d+) months')::numeric, 0) / 12, 2)
WHERE details->>'remaining_lease' ~ '^\d{1,3} years( \d{1,2} months)?$';

UPDATE sale SET new_build = CASE details->>'new_build' WHEN 'Y' THEN 1 ELSE 0 END
WHERE details->>'new_build' IN ('Y', 'N') AND details ? 'duration';

UPDATE sale SET grade = (details->>'bldg_grade')::real WHERE details->>'bldg_grade' ~ '^\d{1,2}$';

UPDATE sale SET year_built = extract(year FROM contract_date) - (details->>'age')::int
WHERE details ? 'bldg_grade' AND details->>'age' ~ '^\d{1,3}$';

UPDATE sale SET year_built = (details->>'yr_built')::smallint, grade = (details->>'grade')::real
WHERE details->>'yr_built' ~ '^[12]\d{3}$' AND details->>'grade' ~ '^\d{1,2}$';

-- Down Migration

ALTER TABLE sale
  DROP storey,
  DROP year_built,
  DROP lease_start,
  DROP lease_remaining,
  DROP grade,
  DROP new_build;
