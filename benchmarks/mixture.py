"""Gaussian mixtures of a published run's features beside scikit-learn: log-likelihood of the best of ten starts.

    python benchmarks/mixture.py TABLES --k 2 3 4 5 6 --floors 0.01

Both are judged on the same scaled features (those of `value_segments.features`), as they are, by each model's own
weights, means and covariances; ours was fitted with `covariance_floor`, scikit-learn with the same as `reg_covar`.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from scipy.special import logsumexp
from scipy.stats import multivariate_normal
from sklearn.mixture import GaussianMixture

from audiences.clustering.k_selection import SEED_STEP
from audiences.clustering.methods import best_of
from audiences.clustering.mixture import blurred, criteria
from audiences.clustering.points import in_fixed_order, vectors
from audiences.config import Session, ValueSegments, load
from audiences.engine.manifest import published
from audiences.pipeline.purchases import SCALED
from audiences.spark.session import get_spark
from audiences.store.delta import Store

STARTS = 10


def log_likelihood(points, weights, means, covariances) -> float:
    densities = [
        np.log(weight) + multivariate_normal(mean, covariance).logpdf(points)
        for weight, mean, covariance in zip(weights, means, covariances, strict=True)
    ]
    return float(logsumexp(densities, axis=0).sum())


def main(root: str, numbers: list[int], floors: list[float]) -> None:
    spark = get_spark(Session(driver_memory="2g", shuffle_partitions=4, is_short=True))
    store = Store(spark, load([], [f"store.root={root}"], {}).store)
    plain = vectors(published(store).frame(SCALED), features=ValueSegments().features).cache()
    x = np.array([row["features"] for row in plain.collect()])
    for k in numbers:
        for floor in floors:
            settings = ValueSegments(
                method="gaussian_mixture", choose="fixed", k=k, covariance_floor=floor, max_iterations=200
            )
            rows = in_fixed_order(
                blurred(plain, settings=settings), customers=len(x), rows_per_partition=200_000
            ).cache()
            started = time.monotonic()
            model = best_of(
                rows, k=k, seeds=[settings.seed + SEED_STEP * number for number in range(STARTS)], settings=settings
            )
            seconds = time.monotonic() - started
            parts = model.gaussiansDF.collect()
            ours = log_likelihood(
                x, model.weights, [row["mean"].toArray() for row in parts], [row["cov"].toArray() for row in parts]
            )
            started = time.monotonic()
            best = GaussianMixture(k, n_init=STARTS, random_state=0, reg_covar=floor, max_iter=200).fit(x)
            theirs = log_likelihood(x, best.weights_, best.means_, best.covariances_)
            took = time.monotonic() - started
            bic = criteria(ours, k=k, features=x.shape[1], rows=len(x))[0]
            print(
                f"k={k} floor={floor:g}: ours {ours:,.0f} ({seconds:.1f} s, BIC {bic:,.0f}), scikit-learn {theirs:,.0f} "
                f"({took:.1f} s), difference {(ours - theirs) / abs(theirs):+.2%}", flush=True,
            )  # fmt: skip
            rows.unpersist()
    spark.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", help="store.root of a published run")
    parser.add_argument("--k", type=int, nargs="+", default=[2, 3, 4, 5, 6])
    parser.add_argument("--floors", type=float, nargs="+", default=[1e-4, 1e-2])
    given = parser.parse_args()
    main(given.tables, given.k, given.floors)
