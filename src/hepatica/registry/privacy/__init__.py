"""What patients agreed to, what may leave on that ground and under which names, and how a patient is erased."""
