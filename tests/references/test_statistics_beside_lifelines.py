"""lifelines, another library by other people, gives the same numbers where it can give them at all."""

from __future__ import annotations

import warnings

import pytest

from hepatica.studies.statistics.cox import cox
from hepatica.studies.statistics.survival import kaplan_meier, log_rank
from referee.cohorts import cohorts, stretches

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def lifelines():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("lifelines", reason="lifelines is not installed")


@pytest.fixture(scope="module")
def patients():
    return cohorts()["synthetic"].frame


def test_kaplan_meier_with_its_log_log_interval(lifelines, patients):
    fitted = lifelines.KaplanMeierFitter().fit(patients["time"].to_numpy(), patients["event"].to_numpy())
    curve = kaplan_meier(patients["time"], patients["event"], interval="log-log")
    theirs = fitted.survival_function_.iloc[1:, 0].to_numpy()  # lifelines adds a row at time 0
    assert curve.survival == pytest.approx(theirs, rel=1e-9)
    assert curve.lower[5:] == pytest.approx(fitted.confidence_interval_.iloc[6:, 0].to_numpy(), rel=1e-9)


def test_log_rank(lifelines, patients):
    from lifelines.statistics import multivariate_logrank_test

    columns = [patients[name].to_list() for name in ("time", "group", "event")]
    theirs = multivariate_logrank_test(*columns)
    ours = log_rank(patients["time"], patients["event"], patients["group"])
    assert ours.chi_square == pytest.approx(theirs.test_statistic, rel=1e-9)


def test_cox_with_efrons_ties(lifelines, patients):
    columns = patients.select("time", "event", "x1", "x2", "x3")
    fitted = lifelines.CoxPHFitter().fit(columns.to_pandas(), "time", "event", fit_options={"precision": 1e-12})
    ours = cox(patients, time="time", event="event", covariates=["x1", "x2", "x3"])
    assert [term.log_hr for term in ours.terms] == pytest.approx(fitted.params_.to_list(), rel=1e-6)
    assert [term.std_error for term in ours.terms] == pytest.approx(fitted.standard_errors_.to_list(), rel=1e-6)


def test_cox_with_cirrhosis_as_it_comes(lifelines):
    rows = stretches()["synthetic"]
    frame = rows.select("id", "start", "stop", "event", "x1", "x2").to_pandas()
    fitted = lifelines.CoxTimeVaryingFitter().fit(
        frame, id_col="id", event_col="event", start_col="start", stop_col="stop"
    )
    ours = cox(rows, time="stop", entry="start", event="event", covariates=["x1", "x2"], id="id")
    assert [term.log_hr for term in ours.terms] == pytest.approx(fitted.params_.to_list(), rel=1e-4)
