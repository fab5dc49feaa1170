"""Invented patients with known truth, calibrated to published figures; everything made here says it is synthetic."""
