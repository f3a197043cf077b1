"""`revo sql` as it is typed."""


def test_a_statement_is_a_table_json_or_csv(revo):
    shown = revo("sql", "SELECT 42 AS answer, 'x' AS letter")
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.split() == ["ANSWER", "LETTER", "42", "x"]
    assert "1 rows in" in shown.stderr
    assert revo.json("sql", "SELECT $n AS n", "n=7")["rows"] == [[7]]
    assert revo("sql", "SELECT 1 AS one", "-o", "csv").stdout.splitlines() == ["one", "1"]
    assert revo("sql", "-f", "-", "-o", "csv", stdin="SELECT 2 AS two").stdout.splitlines() == ["two", "2"]


def test_a_wrong_statement_shows_its_place(revo):
    wrong = revo("sql", "SELECT *\nFROM tasks\nWHERE idd = 1")
    assert wrong.returncode == 2
    assert wrong.stderr.splitlines()[-2:] == ["  WHERE idd = 1", "        ^"]


def test_schema_and_kept_statements(revo):
    assert "queue_ms" in revo("sql", "--schema").stdout
    assert revo("sql", "SELECT $a AS a", "a=1", "--save", "one").returncode == 0
    assert "one" in revo("sql", "--saved", "list").stdout
    assert revo.json("sql", "--saved", "one", "a=3")["rows"] == [[3]]
    assert revo("sql", "--forget", "one").returncode == 0
    assert revo("sql", "--saved", "one").returncode == 3
