"""How small an effect an experiment would find, and what an uneven division of the customers costs."""

from __future__ import annotations

from audiences.experiments.extra import statsmodels

ALPHA = 0.05
POWER = 0.8


def smallest_effect(variance: float, customers: int, control: float) -> float | None:
    """The smallest difference of means that is found in 80 of 100 experiments, two-sided at 5 %.

    Args:
        variance: of the outcome between customers.
        customers: of all arms.
        control: the share of the control.

    Returns:
        None where there are too few customers, or the outcome does not vary.
    """
    fewer = round(customers * min(control, 1 - control))
    if fewer < 2 or variance <= 0:
        return None
    ratio = (customers - fewer) / fewer
    power = statsmodels("power").TTestIndPower()
    return float(power.solve_power(nobs1=fewer, ratio=ratio, alpha=ALPHA, power=POWER)) * float(variance**0.5)


def times_the_customers(control: float) -> float:
    """How many times the customers of two halves this division needs for the same certainty: 2.8 for 10 %."""
    return 1 / (4 * control * (1 - control))
