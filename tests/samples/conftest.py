"""The samples are read by the tests, never run."""

collect_ignore_glob = ["*/*"]
