"""What the web server loads before it forks."""

import json
import os
import subprocess
import sys

ASKED = """
import gc, json, sys
import fulfillment.wsgi
from biip import gs1_prefixes
from core.rest.health import known_migrations
from inventory.planning.gs1 import read_gs1
loaded = set(sys.modules)
from django.urls import get_resolver
get_resolver().url_patterns
print(json.dumps({
    "views": "fulfillment.dashboard.views.pick" in loaded and "orders.api.views" in loaded,
    "later": sorted(set(sys.modules) - loaded),
    "frozen": gc.get_freeze_count(), "collecting": gc.isenabled(), "often": gc.get_threshold() < (700, 10, 10),
    "migrations": known_migrations.cache_info().currsize,
    "companies": len(gs1_prefixes._GS1_COMPANY_PREFIX_TRIE),
    "gtin": read_gs1("(01)05012345678900(10)L7").gtin,
}))
"""


def test_everything_is_loaded_and_frozen_before_workers_are_forked() -> None:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "fulfillment.settings"}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", ASKED], capture_output=True, text=True, env=environment, check=True
    )
    told = json.loads(done.stdout)
    assert told["views"]
    assert told["later"] == []
    assert told["frozen"] > 100_000
    assert told["collecting"] and told["often"]
    assert told["migrations"] == 1
    # The table of companies, 15 MB, is let go, and numbers are read without it.
    assert (told["companies"], told["gtin"]) == (0, "05012345678900")
