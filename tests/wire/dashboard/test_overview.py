"""The overview shows what the system does, as it does it, to everybody."""

import pytest
from playwright.async_api import expect

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(150)]


async def live(tab):
    await expect(tab.page.get_by_test_id("connection")).to_have_attribute("data-status", "live")


async def test_the_page_comes_alive_and_nothing_in_it_complains(open_tab):
    tab = await open_tab("/")
    await expect(tab.page.get_by_role("heading", name="Overview", level=1)).to_be_visible()
    await live(tab)
    await expect(tab.page.get_by_role("article", name="Perfect Recall")).to_be_visible()
    assert tab.complaints == []
