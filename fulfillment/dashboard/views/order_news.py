"""What came while an orders list was looked at: asked again and again by the list, shown when the person asks."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from fulfillment.dashboard.access import requires
from fulfillment.dashboard.desk import text_in
from fulfillment.dashboard.views.orders import asked_for
from orders.selectors.news import came_since, newest_order

CAP = 50


@require_GET
@requires("order.view")
def order_news(request: HttpRequest) -> HttpResponse:
    """How many orders of the list came after ``seen=``; 204 when that is what the page has ``told=`` already.

    When nothing at all came, which is the usual answer, nothing is read but the end of an index.
    """
    seen, told = text_in(request, "seen", limit=18), text_in(request, "told", limit=9)
    newest = newest_order()
    if not (seen.isascii() and seen.isdigit()) or newest <= int(seen):
        return HttpResponse(status=204)
    query = request.GET.copy()
    for name in ("seen", "told"):
        query.pop(name, None)
    asked = asked_for(request, query)
    count = came_since(asked.filters, after=int(seen), newest=newest, cap=CAP)
    if str(count) == (told or "0"):
        return HttpResponse(status=204)
    context = {"count": count, "most": CAP if count > CAP else 0, "query": asked.query}
    return render(request, "dashboard/orders/_news.html", context)
