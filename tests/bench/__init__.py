"""How fast it is here, in ratios: each case runs beside a bare baseline that does the same and nothing else.

`python -m tests.bench` runs all cases; `--quick` is a smoke of about a minute, `--only tasks` one case.
"""
