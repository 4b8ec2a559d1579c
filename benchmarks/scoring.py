"""One customer at a time: how long LocalScorer takes to load and to score, and how much memory it needs.

`python benchmarks/scoring.py [MODEL.json]`: the file that `audiences export-model` wrote; without one a forest of the same
shape as the default settings' (50 trees of depth 8, 16 features, 5 segments) is made up. No Spark.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np

ROUNDS, WARM = 2_000, 50


def made_up() -> dict:
    from audiences.config import Behaviour, Cleaning
    from audiences.schema.scoring import EARLY_FEATURES
    from audiences.scoring.portable import PortableModel, Trees, dumps

    draw = np.random.default_rng(1)
    trees, depth, segments = 50, 8, 5
    size = 2 ** (depth + 1) - 1
    inner = 2**depth - 1
    roots, feature, threshold, left, right = [], [], [], [], []
    for tree in range(trees):
        start = tree * size
        roots.append(start)
        for node in range(size):
            is_leaf = node >= inner
            feature.append(0 if is_leaf else int(draw.integers(len(EARLY_FEATURES))))
            threshold.append(0.0 if is_leaf else float(draw.gamma(2.0, 10.0)))
            left.append(start + (node if is_leaf else 2 * node + 1))
            right.append(start + (node if is_leaf else 2 * node + 2))
    values = draw.dirichlet(np.ones(segments), trees * size).tolist()
    arrays = Trees(roots, feature, threshold, left, right, values, depth)
    model = PortableModel("random_forest", [f"segment {i}" for i in range(segments)], EARLY_FEATURES, trees=arrays)
    return json.loads(
        dumps(model, fingerprint="made-up", as_of="2024-01-01", window_days=30, reasons=3, time_zone="Europe/London",
              behaviour=Behaviour().model_dump(mode="json"), cleaning=Cleaning().model_dump(mode="json"))
    )  # fmt: skip


def told(name: str, seconds: list[float]) -> None:
    p50, p99 = np.percentile(np.array(seconds) * 1000, [50, 99])
    print(f"{name:<42} p50 {p50:8.3f} ms   p99 {p99:8.3f} ms   {1 / np.mean(seconds):10,.0f} per second")


def timed(call) -> list[float]:
    seconds = []
    for number in range(ROUNDS + WARM):
        started = time.perf_counter()
        call(number)
        seconds.append(time.perf_counter() - started)
    return seconds[WARM:]


def main(*paths: str) -> None:
    started = time.perf_counter()
    from audiences.scoring import LocalScorer

    imported = time.perf_counter() - started
    with tempfile.TemporaryDirectory() as folder:
        path = Path(paths[0]) if paths else Path(folder) / "model.json"
        if not paths:
            path.write_text(json.dumps(made_up()))
        started = time.perf_counter()
        scorer = LocalScorer.load(path)
        scorer.probabilities(np.ones((1, len(scorer.model.features))))  # the arrays are made at the first call
        loaded = time.perf_counter() - started
        print(f"import {imported:.2f} s, load {loaded:.3f} s, file {path.stat().st_size / 1e6:.1f} MB")
    draw = np.random.default_rng(2)
    points = draw.gamma(2.0, 10.0, (ROUNDS + WARM, len(scorer.model.features)))
    told("feature vector, with reasons", timed(lambda number: scorer.score_features(points[number])))
    told("feature vector, probabilities alone", timed(lambda number: scorer.probabilities(points[number : number + 1])))
    first, as_of = datetime(2024, 1, 1, 9), date(2024, 12, 1)
    for count in (5, 50):
        events = [
            {"invoice_id": str(i // 5), "product_id": f"p{i % 20}", "quantity": "2", "unit_price": "3.75",
             "ts": (first + timedelta(hours=7 * i)).isoformat()}
            for i in range(count)
        ]  # fmt: skip
        told(f"{count} raw events, with reasons", timed(lambda _, events=events: scorer.score(events, as_of=as_of)))
    many = draw.gamma(2.0, 10.0, (20_000, len(scorer.model.features)))
    started = time.perf_counter()
    for part in np.array_split(many, 20):
        scorer.probabilities(part)
    print(
        f"{'20,000 vectors in blocks of 1,000':<42} {len(many) / (time.perf_counter() - started):,.0f} customers per second"
    )
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main(*sys.argv[1:])
