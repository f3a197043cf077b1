"""`python -m infra.reference [FOLDER]` writes every page and names those that changed."""

import sys
from pathlib import Path

from infra.reference.write import write

if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("docs/reference")
    changed = write(folder)
    print(f"{folder}: {', '.join(changed) or 'nothing'} changed")
