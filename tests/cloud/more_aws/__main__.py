"""ministack, and what AWS does that it leaves out, so that the template need not be changed to be tried.

Runs on the interpreter of the local cloud (``.venv-cloud``), never on ours. Each addition says what AWS does,
with the name of the page of AWS's documentation that says so; what ministack does itself is left alone.
tests/cloud/README.md lists what neither does.
"""

from __future__ import annotations

import functions
import metrics
import permissions
import templates
from ministack import app as theirs

if __name__ == "__main__":
    for part in (templates, permissions, metrics, functions):
        part.install()
    theirs.main()
