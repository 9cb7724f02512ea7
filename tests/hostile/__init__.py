"""Input made to hurt, through the real API. Bodies that break parsers: core/rest/tests/test_hostile_bodies.py;
every route against the worst of them, every key and every scope: core/rest/tests/test_routes.py."""
