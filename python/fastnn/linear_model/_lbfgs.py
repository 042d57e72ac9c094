"""L-BFGS: SciPy's, with the loss and the gradient of the core."""

import warnings

import numpy as np
from scipy.optimize import OptimizeResult
from sklearn.exceptions import ConvergenceWarning

from fastnn._console import write
from fastnn._lbfgs import minimise as lbfgs
from fastnn._typing import Float64
from fastnn.linear_model._objective import Objective, Parameters, Solution


def minimise(
    objective: Objective,
    start: Parameters,
    *,
    fit_intercept: bool,
    tol: float,
    max_iter: int,
    verbose: int,
) -> Solution:
    """Return where no element of the gradient is above `tol`, or no digit of the loss changes."""
    dtype = start.coef.dtype
    curve: list[float] = []
    latest = 0.0

    def value_and_gradient(x: Float64) -> tuple[float, Float64]:
        nonlocal latest
        latest, gradient = objective.gradient(x.astype(dtype, copy=False), start)
        return latest, gradient.astype(np.float64, copy=False)

    def record(_: Float64) -> None:
        curve.append(latest)  # an iteration ends where the line search looked last
        if verbose:
            write(f"Iteration {len(curve)}/{max_iter}: loss {latest:.6g}\n")

    found = lbfgs(
        value_and_gradient,
        start.pack(fit_intercept=fit_intercept),
        record,
        # As in scikit-learn.
        maxiter=max_iter,
        maxls=50,
        gtol=tol,
        ftol=64 * np.finfo(np.float64).eps,
    )
    _warn_unless_converged(found, max_iter, dtype)
    parameters = start.unpack(found.x.astype(dtype, copy=False))
    return Solution(parameters, int(found.nit), float(found.fun), {"loss": curve})


def _warn_unless_converged(
    found: OptimizeResult, max_iter: int, dtype: np.dtype[np.floating]
) -> None:
    # A line search that finds no smaller loss: in float32 the digits are used up.
    is_exhausted = found.status == 2 and dtype == np.float32
    if found.success or is_exhausted:
        return
    warnings.warn(
        f"expected lbfgs to converge in max_iter={max_iter} iterations. Received: "
        f"{found.message} after {found.nit}; scale X, or raise max_iter",
        ConvergenceWarning,
        stacklevel=4,
    )
