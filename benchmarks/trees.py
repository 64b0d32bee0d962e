"""Boosted trees on the sales of an export, to compare estimates with.

    python3 benchmarks/trees.py EXPORT.csv FROM TO [TYPE…]     (months such as 2016-08)

EXPORT.csv is of `GET /api/analytics/sales.csv`. Each month from FROM to TO is predicted from the sales before it. Writes a CSV with the id, month, price and both
predictions of each sale of these months, and their errors by month to the standard error. Needs Debian's python3-sklearn.

plain: scikit-learn's gradient boosting on the attributes and places of the sales.
good: the same on the residual of a hedonic regression with nested, shrunk means of place, which fade with time.
"""
import csv
import math
import re
import sys
from datetime import date

try:
    import numpy as np
    from sklearn.ensemble import HistGradientBoostingRegressor
except ImportError:
    sys.exit("This comparison needs scikit-learn; install the Debian package python3-sklearn.")

NUMBERS = [
    "bedrooms", "bathrooms", "car_spaces", "land_area", "floor_area", "storey", "year_built", "lease_start",
    "lease_remaining", "grade", "new_build", "year_renovated", "condition", "waterfront", "latitude", "longitude",
]
PLACES = ["type", "region", "locality", "postcode", "street", "tenure", "flat_model", "zoning"]
LEVELS = [
    ("region", "type"), ("locality",), ("locality", "type"), ("postcode",), ("street", "locality"),
    ("street", "locality", "type"), ("building", "street", "locality", "type"), ("property_id",),
]
# scikit-learn takes at most this many categories.
MAX_CATEGORIES = 255


def read(path, types):
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = [r for r in csv.DictReader(file) if r["contract_date"] and not r["non_standard"] and float(r["price"]) > 0]
    rows = [r for r in rows if not types or r["type"] in types]
    for r in rows:
        number = re.search(r"(\d+[A-Za-z]?)\W*$", r["address"].split(r["street"], 1)[0]) if r["street"] else None
        r["building"] = number[1] if number else ""
    rows.sort(key=lambda r: (r["contract_date"], int(r["id"])))
    return rows


def columns(rows):
    """The columns of the trees, whether each is a category, and their names."""
    values, categories, names = [], [], []
    for name in NUMBERS:
        column = [float(r[name]) if r.get(name) else math.nan for r in rows]
        if not all(map(math.isnan, column)):
            values.append(column), categories.append(0), names.append(name)
    for name in PLACES:
        codes = {text: i for i, text in enumerate(sorted({r[name] for r in rows}))}
        if len(codes) > 1:
            values.append([codes[r[name]] for r in rows]), categories.append(len(codes)), names.append(name)
    return np.array(values, float).T, categories, names


def boosted(x, y, unseen, categories, **options):
    flags = [0 < n <= MAX_CATEGORIES for n in categories] + [False] * (x.shape[1] - len(categories))
    model = HistGradientBoostingRegressor(categorical_features=flags, random_state=0, early_stopping=True, **options)
    return model.fit(x, y).predict(unseen)


def hedonic(x, categories, names, types, month, y, train):
    """Ridge regression on months, categories, and numbers with their squares, by type; areas as logarithms."""
    blocks = []
    for j, (count, name) in enumerate(zip(categories, names)):
        column = x[:, j]
        if name in ("latitude", "longitude") or count > 60:
            continue
        if count:
            blocks += [(column == k) * 1.0 for k in range(count)]
            continue
        known = np.isfinite(column)
        scaled = np.where(known, column, 0)
        if name.endswith("_area"):
            scaled = np.log(np.maximum(scaled, 1e-9)) * (scaled > 0)
        seen = scaled[known & train]
        mean, spread = (seen.mean(), seen.std() + 1e-9) if len(seen) else (0, 1)
        scaled = np.clip(np.where(known, (scaled - mean) / spread, 0), -5, 5)
        blocks += [scaled, scaled**2, ~known * 1.0] + [scaled * (types == t) for t in set(types)]
    known_month = np.minimum(month, month[train].max())
    blocks += [(known_month == m) * 1.0 for m in range(month.min(), month.max() + 1)]
    design = np.array(blocks).T
    fitted, mean = design[train], y[train].mean()
    slopes = np.linalg.solve(fitted.T @ fitted + np.eye(design.shape[1]), fitted.T @ (y[train] - mean))
    return mean + design @ slopes


def nested(rows, residual, day, before):
    """The mean residual of the earlier sales of each place, level by level, and the sum of the means."""
    features, parent = [], np.zeros(len(rows))
    for depth, level in enumerate(LEVELS):
        life, shrinkage = 365.25 * (1 if depth < 3 else 3), 1 if level == ("property_id",) else 3
        means, weights, state, start = np.zeros(len(rows)), np.zeros(len(rows)), {}, 0
        while start < len(rows):
            end = start
            while end < len(rows) and day[end] == day[start]:
                end += 1
            keys = [tuple(rows[i][name] for name in level) for i in range(start, end)]
            for i, key in zip(range(start, end), keys):
                if key[0] and key in state:
                    total, weight, last = state[key]
                    fade = math.exp((last - day[i]) / life)
                    means[i], weights[i] = total * fade / (weight * fade + shrinkage), weight * fade
            for i, key in zip(range(start, end), keys):
                if key[0] and day[i] < before:
                    total, weight, last = state.get(key, (0.0, 0.0, day[i]))
                    fade = math.exp((last - day[i]) / life)
                    state[key] = (total * fade + residual[i] - parent[i], weight * fade + 1, day[i])
            start = end
        features += [means, weights]
        parent = parent + means
    return np.column_stack(features + [parent])


def month_of(text):
    return int(text[:4]) * 12 + int(text[5:7]) - 1


def main(path, first, last, *types):
    rows = read(path, types)
    x, categories, names = columns(rows)
    y = np.log([float(r["price"]) for r in rows])
    day = np.array([date.fromisoformat(r["contract_date"]).toordinal() for r in rows])
    month = np.array([month_of(r["contract_date"]) for r in rows])
    kind = np.array([r["type"] for r in rows])
    out = csv.writer(sys.stdout)
    out.writerow(["id", "month", "price", "plain", "good"])
    for m in range(month_of(first), month_of(last) + 1):
        train, test = month < m, month == m
        if not test.any():
            continue
        timed = np.column_stack([x, day / 365.25])
        plain = boosted(timed[train], y[train], timed[test], categories, max_iter=400)
        base = hedonic(x, categories, names, kind, month, y, train)
        places = nested(rows, y - base, day, date(m // 12, m % 12 + 1, 1).toordinal())
        start = base + places[:, -1]
        full = np.column_stack([timed, base, places])
        good = start[test] + boosted(
            full[train], (y - start)[train], full[test], categories, max_iter=500, learning_rate=0.05
        )
        name = f"{m // 12}-{m % 12 + 1:02d}"
        for i, a, b in zip(np.where(test)[0], plain, good):
            out.writerow([rows[i]["id"], name, rows[i]["price"], round(math.exp(a)), round(math.exp(b))])
        errors = [100 * np.median(abs(np.exp(each - y[test]) - 1)) for each in (plain, good)]
        print(f"{name}: {test.sum()} sales, plain {errors[0]:.2f} %, good {errors[1]:.2f} %", file=sys.stderr)


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
