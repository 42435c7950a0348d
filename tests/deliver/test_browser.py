"""The report in a real browser: two widths, dark, by mouse and by keyboard, without network."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from test_report import hostile

from vecassist.report import data, render

PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no chromium on PATH")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as driver:
        program = driver.chromium.launch(executable_path=PROGRAM, args=["--no-sandbox"])
        yield program
        program.close()


def loop(name: str, ratio: float, status: str = "accepted") -> data.Loop:
    before = tuple(
        data.Line(n, f"    a[{n}] = b[{n}] * {'long_name_' * 20};", 1 < n < 9) for n in range(1, 10)
    )
    after = (*before[:4], data.Line(5, "    other = 1;", True), *before[5:])
    code = tuple(data.Code(f"vmulps ({n}), %ymm0", 2 + n % 6, False, True) for n in range(80))
    seen = data.Seen(True, "", code)
    points = tuple(data.Point(n, ratio, ratio * 0.9, ratio * 1.1) for n in (0, 8, 64, 4096))
    made = tuple(data.Compiler(cc, seen, seen, points[-1], points) for cc in ("gcc-12", "clang-19"))
    proof = data.Proof("gcc -O3", "dataflow", (), "{}", (("clang", "19"),))
    attempt = data.Attempt("rules", "VA003", "", "accepted", "proved", "accepted", "proved", "x", ())
    return data.Loop("a.c", name, 2, status, "proved", "accepted", None, 1.0, 0, 0.0, before, after, 0, made,
                     (proof,), (attempt,), ())  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("pages")
    loops = (loop("slow", 1.5), loop("fast", 4.0), loop("no", 0.9, "refused"), *hostile().loops)
    for name, page in render.pages(data.Report("project", "1", ("gcc",), loops)).items():
        (place / name).write_bytes(page)
    return place


def opened(browser: Browser, folder: Path, width: int, scheme: str) -> Iterator[Page]:
    """Every page of the folder; what it asks the network for, logs or throws is a failure."""
    context = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda asked: wrong.append(asked.url) if not asked.url.startswith("file:") else None)
    for name in sorted(folder.glob("*.html")):
        page.goto(name.as_uri())
        yield page
        assert wrong == [], name
    context.close()


def test_every_page_at_two_widths_light_and_dark(browser: Browser, folder: Path) -> None:
    papers: dict[str, set[str]] = {"light": set(), "dark": set()}
    for width in (390, 1280):
        for scheme, seen in papers.items():
            for page in opened(browser, folder, width, scheme):
                assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url
                assert page.title() != "owned"
                seen.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
                unread = page.evaluate(CONTRAST)
                assert unread == [], (page.url, scheme, unread[:5])
                if width == 390 and "slow" in page.url:
                    left = page.locator(".pane").evaluate_all(
                        "all => all.map((one) => one.getBoundingClientRect().left)"
                    )
                    assert len(set(left[:2])) == 1, "panes stand below each other on a phone"
    assert len(papers["light"] | papers["dark"]) == 2


# WCAG 2.1, 1.4.3: text has 4.5 times the luminance of what is behind it, or the other way round.
CONTRAST = """
() => {
  const parse = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const over = (top, below, share) => below.map((one, n) => top[n] * share + one * (1 - share));
  const light = (rgb) => {
    const linear = (s) => (s <= 0.03928 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = rgb.map((v) => linear(v / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (node) => {
    let layers = [];
    for (let at = node; at; at = at.parentElement) {
      const [r, g, b, a = 1] = parse(getComputedStyle(at).backgroundColor);
      if (a > 0) layers.unshift([[r, g, b], a]);
    }
    return layers.reduce((below, [rgb, a]) => over(rgb, below, a), [255, 255, 255]);
  };
  const wrong = [];
  for (const node of document.querySelectorAll("body *")) {
    if (node.closest("svg, script, style") || !node.checkVisibility()) continue;
    if (![...node.childNodes].some((one) => one.nodeType === 3 && one.data.trim())) continue;
    let opacity = 1;
    for (let at = node; at; at = at.parentElement) opacity *= Number(getComputedStyle(at).opacity);
    const paper = behind(node);
    const ink = over(parse(getComputedStyle(node).color).slice(0, 3), paper, opacity);
    const [a, b] = [light(ink), light(paper)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) wrong.push(`${node.className} ${ratio.toFixed(2)} ${node.textContent.slice(0, 30)}`);
  }
  return wrong;
}
"""


def test_lines_are_linked_by_mouse_and_keyboard(browser: Browser, folder: Path) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto((folder / "index.html").as_uri())
    names = page.locator(".loops li .name").all_inner_texts()
    assert names[1:] == ["fast", "slow", "no"], "ranked by heat, then by what was gained"
    page.get_by_label("refused").check()
    assert page.locator(".loops li:visible .name").all_inner_texts() == ["no"]
    page.get_by_label("all").check()
    page.get_by_role("link", name="slow").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/loop-*-slow.html")

    lit = page.locator(".row.on:visible")
    page.locator("#source-after .row[data-l='5']").hover()
    assert set(lit.evaluate_all("all => all.map((one) => one.dataset.l)")) == {"5"}
    assert page.locator("#source-before .row.on").count() == 0
    assert page.locator(".asm .row.on:visible").count() > 3
    page.mouse.move(0, 0)
    assert lit.count() == 0

    pane = page.locator("#source-before .code")
    pane.focus()
    page.keyboard.press("End")
    last = page.locator("#source-before .row.on").get_attribute("data-l")
    page.keyboard.press("ArrowUp")
    assert page.locator("#source-before .row.on").get_attribute("data-l") == str(int(last or 0) - 1)
    assert "instruction" in page.locator(".hint").inner_text()
    page.keyboard.press("Escape")
    assert lit.count() == 0

    page.get_by_label("clang-19", exact=True).check()
    assert page.locator(".machine:visible").count() == 1
    reached = set[str]()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.tagName + '.' + document.activeElement.className"))
    assert {"A.", "INPUT.", "DIV.code", "SUMMARY."} <= reached
    page.close()
