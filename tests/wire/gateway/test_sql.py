"""SQL of one's own over HTTP."""


async def test_a_statement_is_answered_as_json_and_as_csv(http, analytics):
    answer = await http.post("/api/analytics/sql", json={"sql": "SELECT 1 AS one", "rows": 5})
    body = answer.json()
    assert (answer.status_code, body["columns"], body["rows"], body["truncated"]) == (200, ["one"], [[1]], "")
    assert {"took_ms", "as_of", "types"} <= body.keys()
    csv = await http.post("/api/analytics/sql", json={"sql": "SELECT 1 AS one", "format": "csv"})
    assert (csv.text, csv.headers["content-type"]) == ("one\r\n1\r\n", "text/csv; charset=utf-8")
    assert csv.headers["sql-as-of"]


async def test_a_wrong_statement_is_a_problem_with_its_place(http, analytics):
    answer = await http.post("/api/analytics/sql", json={"sql": "SELECT *\nFORM tasks"})
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["line"]) == (422, "invalid_request", 2)
    forbidden = await http.post("/api/analytics/sql", json={"sql": "DROP TABLE tasks"})
    assert (forbidden.status_code, forbidden.json()["code"]) == (403, "forbidden")
    for wrong in ({}, {"sql": ""}, {"sql": "SELECT 1", "rows": 0}, {"sql": "SELECT 1", "format": "xml"}):
        assert (await http.post("/api/analytics/sql", json=wrong)).status_code == 422, wrong


async def test_statements_are_kept_under_names_and_run(http, analytics):
    body = {"sql": "SELECT $x + 1 AS y", "doc": "One more.", "parameters": {"x": 1}}
    assert (await http.put("/api/analytics/saved/more", json=body)).json()["name"] == "more"
    assert [own["name"] for own in (await http.get("/api/analytics/saved")).json()] == ["more"]
    assert (await http.post("/api/analytics/saved/more/run")).json()["rows"] == [[2]]
    ran = await http.post("/api/analytics/saved/more/run", json={"parameters": {"x": 5}, "format": "csv"})
    assert ran.text == "y\r\n6\r\n"
    assert (await http.delete("/api/analytics/saved/more")).status_code == 204
    assert (await http.get("/api/analytics/saved/more")).status_code == 404
    assert (await http.get("/api/analytics/schema")).json()[0]["name"] == "tasks"


async def test_without_analytics_it_is_said(http):
    for answer in (
        await http.post("/api/analytics/sql", json={"sql": "SELECT 1"}),
        await http.get("/api/analytics/schema"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert "analytics does not answer" in answer.json()["detail"]
