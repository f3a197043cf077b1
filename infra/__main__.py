"""`python -m infra` is `revo`; `python -P infra/__main__.py part <name>` is a child of a supervisor.

So is `python -P infra/__main__.py forkserver`, which makes workers.
"""

import sys
from pathlib import Path

TREE = str(Path(__file__).resolve().parent.parent)

if TREE not in sys.path:
    # A child is started by path, so that no folder of the user can stand before our packages.
    sys.path.append(TREE)

if __name__ == "__main__":
    if sys.argv[1:2] == ["part"]:
        from infra import part

        part.main()
    elif sys.argv[1:2] == ["forkserver"]:
        from infra import forkserver

        forkserver.main()
    else:
        from infra import cli

        cli.main()
