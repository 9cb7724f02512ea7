"""Plumbing of the REST API. A view of an app looks like this::

    # orders/api/serializers.py
    from core.rest.serializers import HumanText, Instant, Money, Quantity, RefText, Sku, StrictSerializer, list_of

    class LineIn(StrictSerializer):
        sku = Sku()
        quantity = Quantity()
        unit_price = Money()
        note = HumanText(multiline=True, required=False, allow_blank=True, default="")

    class OrderIn(StrictSerializer):
        money_currency = "currency"                      # 12.50 JPY is refused, here and in the lines
        external_id = RefText()
        currency = Currency()
        lines = list_of(LineIn(), max_length=200)

    class OrderFilters(StrictSerializer):
        status = Choice(choices=OrderStatus.choices, required=False)
        placed_after = Instant(required=False)

    # orders/api/views.py
    from core.rest.idempotency import Answer, idempotent
    from core.rest.views import Endpoint

    class OrdersView(Endpoint):
        scopes = {"GET": "orders:read", "POST": "orders:write"}      # a missing scope is 403
        params = ("status", "placed_after")                          # any other query parameter is 400
        paged = True                                                 # … but for cursor and limit

        def get(self, request):
            filters = OrderFilters.parse_query(request, paged=True)
            orders = selectors.orders_of(self.client.channel_id, **filters)            # a queryset
            return Response(cursor_page(request, orders, by="created_at", render=order_row))

        def post(self, request):
            wanted = OrderIn.parse(request.data)                     # 400 with /lines/0/sku pointers
            now = timezone.now()

            def work() -> Answer:                                    # one transaction with the key's row
                order = intake.place_order(self.client.channel_id, request_of(wanted), by=self.actor, now=now)
                return Answer(order_json(order), status=201, headers={"Location": f"/api/v1/orders/{order.ref}/"})

            return idempotent(request, work)

    class OrderView(Endpoint):
        scopes = {"GET": "orders:read", "PATCH": "orders:write"}
        versioned = ("PATCH",)                                       # takes If-Match

        def patch(self, request, ref):
            changes, version = OrderPatch.parse(request.data, partial=True), expected_version(request)

            def work() -> Answer:
                edited = editing.edit_order(ref, **changes, expected_version=version, by=self.actor, now=…)
                return Answer(order_json(edited), status=200, headers={"ETag": etag(edited.version)})

            return idempotent(request, work)                         # PATCH and DELETE are sent again, too

Raise a ``DomainError`` (core.kernel.errors) anywhere: it becomes a problem document with its status and code
(``extra={"ref": …}`` adds members, ``extra={"headers": {"Retry-After": "1"}}`` headers). Answer with plain dicts: the
renderer writes datetimes as RFC 3339 UTC, Decimals as text, frozen dataclasses as objects. A bulk endpoint takes
``parser_classes = [BulkJSONParser]`` and ``idempotent_each``. A public endpoint says
``authentication_classes = permission_classes = ()``. Scans of staff go through ``core.rest.actions.once``.
Portal and log-in limits: ``core.rest.throttles.spend(private_bucket("portal", ip), limit=20, minutes=15)``.
"""
