"""Sites and requests for tests of the model's part."""

from __future__ import annotations

from pathlib import Path

from vecassist.model import CompilerView, Site, Span, Unit
from vecassist.propose.llm.protocol import Message, ModelError, Price, Reply, Request, Subject

SOURCE = b"""#include <stddef.h>
#define N 64
typedef float real;
struct pair { real x, y; };
static const real table[N] = { 1, 2, 3 };
extern struct pair *pairs;
static int unused_global;
int helper(int a);

void other(void) { for (int i = 0; i < 3; i++) unused_global++; }

/* Sums as it goes. */
real prefix(const real *a, real *b, size_t n)
{
    real sum = 0, spare = 1;
    int shift = helper(3);
    for (size_t i = 1; i < n; i++) {
        b[i] = a[i] + table[i % N] * pairs[i].x;
        sum += b[i - 1];
    }
    return sum + spare;
}
"""
REGION = b"""for (size_t i = 1; i < n; i++) {
        b[i] = a[i] + table[i % N] * pairs[i].x;
        sum += b[i - 1];
    }"""
VIEWS = (
    CompilerView("gcc 12.2.0", False, "a value is carried from one iteration to the next"),
    CompilerView("clang 19.1.7", False, "the sum may not be reordered"),
)


def site(
    source: bytes = SOURCE,
    region: bytes = REGION,
    function: str = "prefix",
    views: tuple[CompilerView, ...] = VIEWS,
) -> Site:
    start = source.index(region)
    line = source[:start].count(b"\n") + 1
    unit = Unit(
        Path("/src/lib/sum.c"),
        Path("/src"),
        "gcc",
        ("-O3", "-DTOKEN=secret", "-I/src/include", "-march=x86-64-v3"),
    )
    return Site(
        unit=unit,
        file=unit.path,
        function=function,
        span=Span(start, start + len(region)),
        text=region.decode("latin-1"),
        line=line,
        inner_line=line,
        depth=1,
        trip=None,
        key="0123456789abcdef",
        views=views,
    )


def request(
    text: str = "hello", number: int = 0, prompts: str = "p1", key: str = "k1", model: str = "m"
) -> Request:
    subject = Subject(key, "sum.c:prefix", number, prompts)
    return Request(model, (Message("system", "be brief"), Message("user", text)), 100, subject)


class Script:
    """A provider that gives prepared replies or errors in order."""

    model = "m"
    price: Price | None = None

    def __init__(self, *answers: str | Reply | ModelError) -> None:
        self.answers = list(answers)
        self.requests: list[Request] = []
        self.timeouts: list[float] = []

    def complete(self, request: Request, timeout: float) -> Reply:
        self.requests.append(request)
        self.timeouts.append(timeout)
        answer = self.answers.pop(0)
        if isinstance(answer, ModelError):
            raise answer
        return Reply(answer, 10, 5) if isinstance(answer, str) else answer
