"""Run a program that reaches the gate as an ordinary HTTP proxy.

`bridge.py SOCKET PROGRAM...`: what listens on the unix socket SOCKET is also at http://127.0.0.1:PORT while
PROGRAM runs, which finds that address in EGRESS_PROXY. In a sandbox without a network there is no other way.
"""

import os
import socket
import subprocess
import sys
import threading


def main(path: str, argv: list[str]) -> int:
    """Serve until the program ends; its exit code."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    threading.Thread(target=serve, args=(listener, path), daemon=True).start()
    port = listener.getsockname()[1]
    return subprocess.run(
        argv, env={**os.environ, "EGRESS_PROXY": f"http://127.0.0.1:{port}"}, check=False
    ).returncode


def serve(listener: socket.socket, path: str) -> None:
    """A pair of threads for each connection."""
    while True:
        near, _ = listener.accept()
        far = socket.socket(socket.AF_UNIX)
        try:
            far.connect(path)
        except OSError:
            near.close()
            continue
        for source, sink in ((near, far), (far, near)):
            threading.Thread(target=copy, args=(source, sink), daemon=True).start()


def copy(source: socket.socket, sink: socket.socket) -> None:
    """Bytes one way, then the end of them."""
    try:
        while piece := source.recv(65536):
            sink.sendall(piece)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        for own in (source, sink):
            try:
                own.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
