"""Rewrites from a language model.

`access(config, repository)` says whether one may be asked (`Server`) or why not (`Denied`), and `withheld` whether a
file's text may be sent. A provider answers requests: `OpenAIProvider(server)` over the network, `Recorded.load(path)`
from recorded exchanges, `Written(folder)` from text files; `Preview(show)` shows requests instead of sending them,
and `Recorder` wraps a provider and writes a recording. `Budget` is one for a whole run and
may be shared by threads. Then, for each site that the rules left:

    context = gather(site, source)
    conversation = converse(site, context, judge, provider, budget, asking(config), patience(config))

`judge` decides on each candidate: None accepts it, `Feedback` says what is wrong, which goes into the next question
(`feedback_on` makes it from a reason code). A conversation never raises because of a server or the budget.
`render(build(site, context, model))` is the first request as text, for showing it instead of sending it.

A candidate's text has one character a byte, as `Site.text` has. Nothing here imports the `openai` package before the
first request is sent.
"""

from vecassist.propose.llm.access import Denied, access, asking, limits, patience, withheld
from vecassist.propose.llm.budget import Budget, BudgetLimits, Patience, Spent
from vecassist.propose.llm.client import OpenAIProvider, Server
from vecassist.propose.llm.context import Context, gather
from vecassist.propose.llm.preview import Preview
from vecassist.propose.llm.prompt import (
    Asking,
    Feedback,
    build,
    counterexample,
    feedback_on,
    render,
    slower,
    still_scalar,
)
from vecassist.propose.llm.protocol import ModelError, Price, Provider, Reply, Request
from vecassist.propose.llm.recorded import Recorded, Recorder, Written
from vecassist.propose.llm.rounds import Conversation, Judge, converse

__all__ = [
    "Asking",
    "Budget",
    "BudgetLimits",
    "Context",
    "Conversation",
    "Denied",
    "Feedback",
    "Judge",
    "ModelError",
    "OpenAIProvider",
    "Patience",
    "Preview",
    "Price",
    "Provider",
    "Recorded",
    "Recorder",
    "Reply",
    "Request",
    "Server",
    "Spent",
    "Written",
    "access",
    "asking",
    "build",
    "converse",
    "counterexample",
    "feedback_on",
    "gather",
    "limits",
    "patience",
    "render",
    "slower",
    "still_scalar",
    "withheld",
]
