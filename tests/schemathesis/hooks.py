"""What schemathesis cannot know of this API: see schemathesis.toml."""

import base64
import hashlib
from urllib.parse import unquote, urlencode

import schemathesis
from hypothesis import strategies as st

KEY = "tdm_local_demo"
OWN_ID = hashlib.sha256(KEY.encode()).hexdigest()

# Of the 10,240 bytes of request line and headers, what the other parts leave.
LONGEST_QUERY = 8_000

# Which operations ask XPM before they answer, and so may answer 503.
ASKS_XPM = {"xpm", "job-drafts", "users", "reconciliation", "tasks", "connection"}


def cursor(number):
    return base64.urlsafe_b64encode(b"%016d" % number).decode().rstrip("=")


# A cursor is opaque: none can be made up from its pattern.
schemathesis.openapi.format("cursor", st.integers(0, 10**15).map(cursor))


@schemathesis.hook
def filter_case(ctx, case):
    path = {name: unquote(str(it)) for name, it in (case.path_parameters or {}).items()}
    # API Gateway decodes a path before any function sees it, so a `?` in an id cuts it there.
    cut = any("?" in it for it in path.values())
    # API Gateway refuses a longer request line and headers (431), before any function sees them.
    long = len(urlencode(case.query or {}, doseq=True)) > LONGEST_QUERY
    # The run would end with the key that it asks with.
    own = case.operation.label == "DELETE /v1/api-keys/{id}" and path.get("id") == OWN_ID
    return not (cut or long or own)


@schemathesis.check
def only_those_that_ask_xpm_say_not_now(ctx, response, case):
    """G51: 503 with `Retry-After`, and only where another party is asked."""
    if response.status_code == 503:
        tags = set(case.operation.tags or [])
        assert tags & ASKS_XPM, f"{case.operation.label} asks nobody, and says 503"
        assert "retry-after" in response.headers, "503 without Retry-After"
