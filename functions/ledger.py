"""What a worker holds, in a file that outlives it: a process that is killed cannot tell, its memory map can.

The supervisor of a dead worker reads the ledger and names what is to be handed over, down to the last
millisecond. Without one, others know only the tasks that the worker had shown, those older than a moment.

>>> import tempfile
>>> path = Path(tempfile.mkdtemp()) / "w-1"
>>> ledger = Ledger(path)
>>> ledger.add("$JS.ACK.TASKS.a.1.7.7.0.0"); ledger.add("$JS.ACK.TASKS.a.1.8.8.0.0")
>>> ledger.remove("$JS.ACK.TASKS.a.1.7.7.0.0")
>>> left(path)
['$JS.ACK.TASKS.a.1.8.8.0.0']
>>> ledger.close(); path.exists()
False
"""

import mmap
from pathlib import Path

ROW = 256
ROWS = 8192


class Ledger:
    """One line for each message that is held.

    A change costs a microsecond: it is memory, which the kernel keeps.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path = path
        with path.open("wb+") as file:
            file.truncate(ROW * ROWS)
            self._map = mmap.mmap(file.fileno(), ROW * ROWS)
        self._free = list(range(ROWS - 1, -1, -1))
        self._rows: dict[str, int] = {}

    def add(self, key: str) -> None:
        """Write down what is held now."""
        text = key.encode()
        if not self._free or len(text) >= ROW or key in self._rows:
            return
        row = self._rows[key] = self._free.pop()
        start = row * ROW
        self._map[start + 1 : start + 1 + len(text)] = text
        # The length comes last: a row without one is not there yet.
        self._map[start] = len(text)

    def remove(self, key: str) -> None:
        """Strike out what is settled."""
        row = self._rows.pop(key, None)
        if row is not None:
            self._map[row * ROW] = 0
            self._free.append(row)

    def close(self) -> None:
        """Nothing is held any more."""
        self._map.close()
        self._path.unlink(missing_ok=True)


def left(path: Path) -> list[str]:
    """What a dead worker's ledger still names."""
    try:
        data = path.read_bytes()
    except OSError:
        return []
    rows = (data[start : start + ROW] for start in range(0, len(data), ROW))
    return [row[1 : 1 + row[0]].decode("utf-8", "replace") for row in rows if row[0]]
