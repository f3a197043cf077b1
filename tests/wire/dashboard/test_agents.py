"""The pages of agents: who there is, who does what, and what can be done with them, by hand and by key."""

import httpx
import pytest
import pytest_asyncio
from msgspec import Raw
from playwright.async_api import expect

from subjects.messages import Submission

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(150)]

EVIL = '<img src=x onerror="window.ran=1"> \u202eevil\u202c "\'><script>window.ran=1</script>'


async def live(tab):
    await expect(tab.page.get_by_test_id("connection")).to_have_attribute("data-status", "live")


@pytest_asyncio.fixture(loop_scope="module")
async def scout(system):
    """A registered agent whose name tries what names may try."""
    async with httpx.AsyncClient(base_url=system.http) as http:
        new = {"id": "scout", "name": EVIL, "description": EVIL, "capabilities": ["text.shout"]}
        (await http.post("/api/agents", json=new)).raise_for_status()
        yield "scout"
        await http.delete("/api/agents/scout")


async def test_an_agent_shows_its_task_while_that_runs(open_tab, system):
    tab = await open_tab("/agents")
    await live(tab)
    card = tab.page.get_by_role("article", name="text")
    await expect(card).to_contain_text("Idle")
    given = await system.client.submit(Submission("text.linger", Raw(b'{"seconds": 30}')))
    await expect(card).to_contain_text("Processing")
    await expect(card.get_by_role("link", name="text.linger")).to_be_visible()
    await system.client.cancel(given.id)
    await expect(card).to_contain_text("Idle")
    assert tab.complaints == []


async def test_an_agent_is_registered_changed_stopped_and_deleted_by_keys(open_tab, system):
    tab = await open_tab("/")
    await live(tab)
    press, write = tab.page.keyboard.press, tab.page.keyboard.type
    await press("g")
    await press("a")
    await expect(tab.page.get_by_role("heading", name="Agents", level=1)).to_be_visible()
    await press("c")
    form = tab.page.get_by_role("dialog", name="Register an agent")
    await form.get_by_label("Id", exact=True).focus()
    await write("by-keys")
    await form.get_by_label("Capabilities").focus()
    await write("text.shout")
    await press("Enter")
    await press("Control+a")
    await form.get_by_role("button", name="Register").focus()
    await press("Enter")
    await expect(tab.page.get_by_role("heading", name="by-keys", level=1)).to_be_visible()

    # Somebody else is faster: nothing of theirs is lost, and the form says so.
    await tab.page.get_by_role("button", name="Edit").focus()
    await press("Enter")
    form = tab.page.get_by_role("dialog", name="Change by-keys")
    async with httpx.AsyncClient(base_url=system.http) as http:
        other = {"capabilities": ["text"], "description": "theirs"}
        (await http.put("/api/agents/by-keys", json=other)).raise_for_status()
    await form.get_by_role("button", name="Save").focus()
    await press("Enter")
    await form.get_by_role("button", name="Show what it is now").focus()
    await press("Enter")
    await expect(form.get_by_label("Description")).to_have_value("theirs")
    await form.get_by_label("Timeout").focus()
    await write("120")
    await press("Enter")
    await expect(form).to_have_count(0)
    await expect(tab.page.get_by_text("2 min", exact=True)).to_be_visible()

    await tab.page.get_by_role("button", name="Stop").focus()
    await press("Enter")
    await tab.page.get_by_role("dialog").get_by_role("button", name="Stop").focus()
    await press("Enter")
    await expect(tab.page.locator("header h1")).to_contain_text("Stopped")
    await tab.page.get_by_role("button", name="Delete").focus()
    await press("Enter")
    await tab.page.get_by_role("dialog").get_by_role("button", name="Delete").focus()
    await press("Enter")
    await expect(tab.page.get_by_role("heading", name="Agents", level=1)).to_be_visible()
    async with httpx.AsyncClient(base_url=system.http) as http:
        assert (await http.get("/api/agents/by-keys")).status_code == 404
    # The refused write is what the browser itself tells of.
    assert [told for told in tab.complaints if "412" not in told] == []


async def test_filters_stand_in_the_address_and_can_be_cleared(open_tab, scout):
    tab = await open_tab("/agents?view=table&origin=registered&text=nobody")
    await tab.page.get_by_role("button", name="Clear filters").click()
    await expect(tab.page.get_by_role("grid", name="Agents")).to_contain_text("<img src=x")
    await tab.page.get_by_label("Origin").select_option("announced")
    await expect(tab.page.get_by_role("grid", name="Agents")).not_to_contain_text("<img src=x")
    assert "origin=announced" in tab.page.url
    assert "view=table" in tab.page.url


async def test_a_task_is_assigned_and_its_tabs_tell_of_it(open_tab, system, scout):
    tab = await open_tab("/agents/scout")
    await live(tab)
    await tab.page.get_by_role("button", name="Assign task").click()
    form = tab.page.get_by_role("dialog")
    await form.get_by_label("text", exact=True).fill("hello")
    await form.get_by_role("button", name="Assign").click()
    await tab.page.get_by_role("tab", name="Tasks").click()
    done = tab.page.get_by_role("grid", name="Tasks that ended")
    await expect(done).to_contain_text("text.shout", timeout=20_000)
    await tab.page.get_by_role("tab", name="Metrics").click()
    await expect(tab.page.get_by_role("region", name="Figures")).to_contain_text("100 %", timeout=20_000)
    await tab.page.get_by_role("tab", name="Analytics").click()
    await expect(tab.page.get_by_role("region", name="Success")).to_contain_text(
        "1 of 1: too few to say much"
    )
    await expect(tab.page.get_by_role("region", name="Recommendations")).to_be_visible()
    assert await tab.page.evaluate("() => window.ran") is None
    assert tab.complaints == []


async def test_what_a_task_writes_is_there_as_it_writes_it(open_tab, system):
    tab = await open_tab("/agents/text?tab=logs")
    await live(tab)
    given = await system.client.submit(Submission("text.note", Raw(b'{"text": "' + b"<b>loud</b>" + b'"}')))
    log = tab.page.get_by_role("log")
    await expect(log).to_contain_text("<b>loud</b>")
    await tab.page.get_by_role("searchbox", name="Search the logs").fill("nothing like it")
    await expect(tab.page.get_by_text("No lines match.")).to_be_visible()
    await tab.page.get_by_role("button", name="Clear filters").click()
    await tab.page.get_by_role("button", name="error").click()
    await expect(tab.page.get_by_text("No lines match.")).to_be_visible()
    assert given.id
    assert tab.complaints == []


async def test_who_is_not_there_is_said_to_be_not_there(open_tab):
    tab = await open_tab("/agents/nobody")
    await expect(tab.page.get_by_role("heading", level=1)).to_contain_text("nobody is not here")


@pytest.mark.parametrize(("size", "theme"), [("desktop", "dark"), ("phone", "light")])
async def test_axe_finds_nothing(open_tab, system, scout, size, theme):
    tab = await open_tab("/agents", size=size, theme=theme)
    await expect(tab.page.get_by_role("article", name="text")).to_be_visible()
    assert await tab.axe() == []
    await tab.page.get_by_role("button", name="Table").click()
    await tab.page.get_by_role("grid", name="Agents").press("j")
    assert await tab.axe() == []
    await tab.page.keyboard.press("Enter")
    await expect(tab.page.get_by_role("tablist")).to_be_visible()
    for name, part in (("Tasks", "Running now"), ("Metrics", "Figures"), ("Logs", None)):
        await tab.page.get_by_role("tab", name=name).click()
        if part is not None:
            await expect(tab.page.get_by_role("region", name=part)).to_be_visible()
        assert await tab.axe() == [], name
    await tab.page.get_by_role("button", name="Assign task").click()
    await expect(tab.page.get_by_role("dialog")).to_be_visible()
    assert await tab.axe() == []
    width = await tab.page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
    assert width <= 0
