"""Memories: the truth is a stream, the index is rebuilt from it in each worker that is asked.

Nothing here imports numpy before the first question: a worker that never touches memory stays light.
"""
