"""The console: its files, what keeps foreign code out, and its pages in a real browser."""

import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.async_api import ConsoleMessage, Page, Route, async_playwright

from gateway.http.console import FOLDER
from gateway.testing.harness import GatewayUnderTest, gateway_under_test
from officers.gateway.v1 import gateway_pb2 as pb

CHROMIUM = shutil.which("chromium")
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium")

AREA = "areas/town"


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[GatewayUnderTest]:
    async with gateway_under_test(tmp_path) as running:
        yield running


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    """A browser page that fails its test on any script error and on any call to elsewhere.

    Calls that the gateway turns down, or does not answer, are for the page to tell.
    """
    faults: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        opened = await browser.new_page()
        opened.on("pageerror", lambda error: faults.append(str(error)))
        opened.on("console", lambda message: faults.extend(_errors(message)))
        opened.on("request", lambda request: faults.extend(_elsewhere(request.url)))
        yield opened
        await browser.close()
    assert not faults


def _errors(message: ConsoleMessage) -> list[str]:
    is_call = urlsplit(message.location["url"]).path.startswith("/v1/")
    return [message.text] if message.type == "error" and not is_call else []


def _elsewhere(url: str) -> list[str]:
    parts = urlsplit(url)
    return [] if parts.scheme in ("data", "blob") or parts.hostname == "127.0.0.1" else [url]


async def test_files_are_served_with_headers_that_keep_foreign_code_out(gateway: GatewayUnderTest) -> None:
    async with httpx.AsyncClient(base_url=gateway.http_url, follow_redirects=True) as client:
        start = await client.get("/")
        assert start.url.path == "/console/"
        assert "script-src" not in start.headers["Content-Security-Policy"]
        assert "default-src 'self'" in start.headers["Content-Security-Policy"]
        assert start.headers["X-Content-Type-Options"] == "nosniff"
        script = await client.get("/console/main.js")
        assert script.headers["Content-Type"].startswith("text/javascript")
        assert (await client.get("/console/../settings.py")).status_code == 404
        assert (await client.get("/console/absent.js")).status_code == 404


def test_every_import_of_a_script_is_a_file() -> None:
    for script in FOLDER.glob("*.js"):
        for name in re.findall(r'from "(\./[^"]+)"', script.read_text()):
            assert (FOLDER / name).is_file(), f"{script.name} imports {name}"


def test_own_scripts_never_read_data_as_markup() -> None:
    own = "".join(script.read_text() for script in FOLDER.glob("*.js"))
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", own)


@needs_browser
async def test_a_supervisor_finds_a_plan_and_approves_it(gateway: GatewayUnderTest, page: Page) -> None:
    plan = await gateway.make_plan(AREA)
    await page.goto(gateway.http_url)
    await page.get_by_role("link", name="Testville").click()
    await page.get_by_text("ready for review").wait_for()
    await page.get_by_role("link", name=re.compile("2015")).click()
    await page.get_by_label("Decided by").fill("Sgt <b>Ada</b>")
    await page.get_by_label("Why").fill("usual day")
    await page.get_by_label("Why").press("Enter")
    await page.get_by_text("ready for review").wait_for()
    assert (await gateway.stub.GetPlan(pb.GetPlanRequest(name=plan.name))).plan.state == pb.PLAN_STATE_READY_FOR_REVIEW
    await page.get_by_role("button", name="Approve").click()
    await page.get_by_text("approved by Sgt <b>Ada</b>").wait_for()
    decided = (await gateway.stub.GetPlan(pb.GetPlanRequest(name=plan.name))).plan
    assert (decided.state, decided.decision.decided_by) == (pb.PLAN_STATE_APPROVED, "Sgt <b>Ada</b>")


@needs_browser
async def test_a_plan_in_progress_is_followed_to_its_end(gateway: GatewayUnderTest, page: Page) -> None:
    await gateway.import_area(AREA)
    gateway.fakes.script.hold("Optimize")
    request = pb.CreatePlanRequest(parent=AREA, shift="day", date="2015-01-01")
    plan = (await gateway.stub.CreatePlan(request)).plan
    await page.goto(f"{gateway.http_url}/console/#{plan.name}")
    await page.get_by_role("progressbar").wait_for()
    gateway.fakes.script.release("Optimize")
    await page.get_by_text("ready for review").wait_for()


@needs_browser
async def test_maps_show_sectors_streets_and_the_turns_of_a_route(gateway: GatewayUnderTest, page: Page) -> None:
    plan = await gateway.make_plan(AREA)
    await page.goto(f"{gateway.http_url}/console/#{plan.name}")
    await page.get_by_role("region", name=re.compile("sectors")).wait_for()
    await page.get_by_label("Period of the shift").fill("1")
    await page.get_by_role("region", name=re.compile("routes")).wait_for()
    await page.get_by_label("Route", exact=True).select_option("Route 1")
    await page.get_by_role("heading", name="Route 1").wait_for()


@needs_browser
async def test_an_unknown_plan_is_told_in_words(gateway: GatewayUnderTest, page: Page) -> None:
    await gateway.import_area(AREA)
    await page.goto(f"{gateway.http_url}/console/#{AREA}/plans/nope")
    assert "There is no plan" in await page.get_by_role("alert").inner_text()
    await page.get_by_role("link", name="town").click()
    await page.get_by_role("heading", name="Testville").wait_for()
    assert await page.title() == "Testville – OFFICERS console"


@needs_browser
async def test_the_page_says_while_the_gateway_is_away(gateway: GatewayUnderTest, page: Page) -> None:
    await gateway.import_area(AREA)
    gateway.fakes.script.hold("Optimize")
    plan = (await gateway.stub.CreatePlan(pb.CreatePlanRequest(parent=AREA, shift="day", date="2015-01-01"))).plan
    await page.route("**/*:watch", lambda route: route.abort())
    await page.goto(f"{gateway.http_url}/console/#{plan.name}")
    await page.get_by_text("The gateway does not answer.").wait_for()
    await page.unroute("**/*:watch")
    gateway.fakes.script.release("Optimize")
    await page.get_by_text("ready for review").wait_for()
    await page.route("**/*:approve", lambda route: route.abort())
    await page.get_by_label("Decided by").fill("Ada")
    await page.get_by_role("button", name="Approve").click()
    await page.get_by_text("The gateway does not answer.").wait_for()


@needs_browser
async def test_what_a_plan_is_worth_is_told_in_sentences(gateway: GatewayUnderTest, page: Page) -> None:
    plan = await gateway.make_plan(AREA)
    await page.goto(f"{gateway.http_url}/console/#{plan.name}")
    sentences = page.locator("section", has_text="What it is worth").locator("li")
    await sentences.first.wait_for()
    words = await sentences.all_inner_texts()
    worse = "50 % more late calls than the plan (+20 % to +90 %); mean response 1.5 min longer than the plan's."
    assert [" ".join(line.split()) for line in words] == [f"One per sector: {worse}", f"Proportional: {worse}"]


@needs_browser
async def test_a_plan_of_an_older_version_is_shown_without_what_it_lacks(gateway: GatewayUnderTest, page: Page) -> None:
    plan = await gateway.make_plan(AREA)

    async def answer(route: Route) -> None:
        content = await (await route.fetch()).json()
        await route.fulfill(json={"plan": _as_before_crews(content["plan"])})

    await page.route(f"**/v1/{plan.name}", answer)
    await page.goto(f"{gateway.http_url}/console/#{plan.name}")
    table = page.get_by_role("region", name="Deployments")
    assert "10.0 %" in " ".join((await table.inner_text()).split())  # late
    text = await page.locator("main").inner_text()
    assert not re.search("undefined|NaN|Dispatch|Intervals", text)


def _as_before_crews(plan: dict[str, Any]) -> dict[str, Any]:
    """Take from the JSON of a plan what plans had not before there were crews."""
    plan["staffing"] = {"cars": plan["staffing"]["cars"]}
    options, result = plan["options"], plan["result"]
    kept = ("name", "calls", "withinTarget", "shareWithinTarget", "meanResponseMinutes", "p90ResponseMinutes")
    result["simulations"] = [{key: figures[key] for key in kept} for figures in result["simulations"]]
    plan["options"] = {key: value for key, value in options.items() if key not in ("rules", "objective")}
    return plan
