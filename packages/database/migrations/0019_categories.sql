-- Up Migration

-- Categories of registers, and what the assessors of Seattle and King County state beyond the grade. Sales that were loaded before have them in their details.
ALTER TABLE sale
  ADD year_renovated smallint,
  ADD condition real,
  ADD waterfront smallint,
  ADD tenure text,
  ADD flat_model text,
  ADD zoning text;

UPDATE sale SET tenure = CASE details->>'duration' WHEN 'F' THEN 'Freehold' ELSE 'Leasehold' END
WHERE details->>'duration' IN ('F', 'L') AND details ? 'new_build';

UPDATE sale SET flat_model = left(details->>'flat_model', 100)
WHERE details->>'flat_model' <> '' AND details ? 'storey_range';

UPDATE sale SET zoning = left(details->>'zoning', 100)
WHERE details->>'zoning' <> '' AND details ? 'district_code';

UPDATE sale SET
  waterfront = CASE details->>'wfnt' WHEN '1' THEN 1 WHEN '0' THEN 0 END,
  year_renovated = CASE WHEN details->>'eff_age' ~ '^\d{1,3}$' THEN extract(year FROM contract_date) - (details->>'eff_age')::int END
WHERE details ? 'bldg_grade';

UPDATE sale SET
  waterfront = CASE details->>'waterfront' WHEN '1' THEN 1 WHEN '0' THEN 0 END,
  condition = CASE WHEN details->>'condition' ~ '^\d{1,2}$' THEN (details->>'condition')::real END,
  year_renovated = CASE WHEN details->>'yr_renovated' ~ '^[12]\d{3}$' THEN (details->>'yr_renovated')::smallint ELSE year_built END
WHERE details ? 'yr_built' AND details ? 'grade';

-- Down Migration

ALTER TABLE sale
  DROP year_renovated,
  DROP condition,
  DROP waterfront,
  DROP tenure,
  DROP flat_model,
  DROP zoning;
