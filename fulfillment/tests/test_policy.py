"""The content security policy of an answer does not depend on what was answered before it."""

import pytest
from django.http import HttpRequest, HttpResponse

from fulfillment.middleware import Policy

HEADER = "Content-Security-Policy"


def view(request: HttpRequest) -> HttpResponse:
    """A page; one of them may load frames of elsewhere, one has a policy already."""
    answer = HttpResponse("")
    if request.path == "/frames":
        answer._csp_update = {"frame-src": ["https://frames.example"]}  # type: ignore[attr-defined]
    if request.path == "/own":
        answer[HEADER] = "sandbox"
    return answer


def asked(policy: Policy, path: str) -> str:
    request = HttpRequest()
    request.path = request.path_info = path
    answer = policy(request)
    assert isinstance(answer, HttpResponse)
    return answer[HEADER]


def test_only_what_asks_for_a_policy_of_its_own_has_one() -> None:
    policy = Policy(view)
    fresh = {path: asked(Policy(view), path) for path in ("/", "/frames", "/own")}
    for path in ("/frames", "/", "/own", "/frames", "/", "/"):
        assert asked(policy, path) == fresh[path], path
    assert "frames.example" in fresh["/frames"] and "frames.example" not in fresh["/"]
    assert fresh["/own"] == "sandbox"


def test_a_nonce_is_not_to_be_had_after_the_header_is_written() -> None:
    policy = Policy(view)
    asked(policy, "/")
    request = HttpRequest()
    policy(request)
    with pytest.raises(Exception, match="csp_nonce"):
        str(request.csp_nonce)  # type: ignore[attr-defined]
