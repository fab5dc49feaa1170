"""The tutorial notebook runs from top to bottom, and shows what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed")
nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed")
NOTEBOOK = Path(__file__).resolve().parents[2] / "examples" / "studies.ipynb"


@pytest.fixture(scope="module")
def executed():
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    return nbclient.NotebookClient(notebook, timeout=600, kernel_name="python3").execute()


def shown(executed):
    """What each code cell shows, as text."""
    cells = [cell for cell in executed.cells if cell.cell_type == "code"]
    outputs = [[out.get("text") or str(out.get("data", {})) for out in cell.outputs] for cell in cells]
    return ["".join(parts) for parts in outputs]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # the kernel's own
def test_every_cell_runs_and_shows_what_the_text_around_it_says(executed):
    texts = shown(executed)
    assert "600" in texts[0]
    assert "SYNTHETIC DATA" in texts[1]
    assert "unknown" in texts[2]
    # The picture is drawn on the machine itself: a script from outside would be missing where there is no network.
    assert "<svg" in texts[3]
    assert "cdn." not in texts[3]
    assert any("immortal" in text or "later" in text for text in texts)


def test_the_notebook_is_kept_without_outputs():
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    assert all(not cell.get("outputs") for cell in notebook.cells)
