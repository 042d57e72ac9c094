"""A kill at any moment of a save leaves the old file or the new one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("kill_while_saving.py")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the program forks what it kills")
def test_a_kill_while_saving_leaves_a_whole_file(tmp_path):
    n_kills = os.environ.get("FASTNN_KILLS", "40")
    run = subprocess.run(
        [sys.executable, SCRIPT, tmp_path, n_kills], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith(f"{n_kills} kills, ")
    n_in_the_midst = int(run.stdout.split()[2])
    assert n_in_the_midst > 0, "no kill met a save: let the children live longer"
