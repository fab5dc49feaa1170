"""Doses that stand for each other, and the steroid that stands for none."""

from __future__ import annotations

import pytest

from hepatica.errors import UsageError
from hepatica.guidance.scores.dose_equivalents import azathioprine_for, mercaptopurine_for, prednisolone_equivalent


def test_prednisone_is_prednisolone_and_methylprednisolone_is_stronger():
    assert prednisolone_equivalent("prednisone", 20).mg == 20
    assert prednisolone_equivalent("methylprednisolone", 4).mg == pytest.approx(5)


def test_budesonide_has_no_equivalent_and_says_why():
    found = prednisolone_equivalent("budesonide", 9)
    assert found.mg is None
    assert "first passage through the liver" in found.because


def test_eye_drops_are_no_systemic_steroid():
    assert prednisolone_equivalent("pred forte", 1).mg is None


def test_azathioprine_and_mercaptopurine():
    assert mercaptopurine_for(100).mg == pytest.approx(48)
    assert azathioprine_for(50).mg == pytest.approx(104)
    by_molar_mass_and_release = 152.18 / 277.26 * 0.88
    assert mercaptopurine_for(100).mg / 100 == pytest.approx(by_molar_mass_and_release, abs=0.005)


def test_another_drug_is_refused():
    with pytest.raises(UsageError, match="prednisolone"):
        prednisolone_equivalent("azathioprine", 50)
