# Everything runs in .venv, which the first command builds from the pinned requirement files.
# `make demo PLAY=0` starts without simulated orders; `make demo FULL=path.csv.gz` plays a whole file;
# `make demo PORT=8000` insists on a port. DATABASE_URL, REDIS_URL and EMAIL_URL point at servers of your own.

PYTHON ?= python3
BOOTSTRAP = @exec $(PYTHON) fulfillment/devtools/bootstrap.py

.DEFAULT_GOAL := help
.PHONY: help demo demo-reset test check lint run-lint format bench bench-stock bench-orders install

help: ## List the commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{printf "%-20s %s\n", $$1, $$2}'

demo: ## Start the whole system with its own servers and play a real shop's orders; Ctrl-C stops it
	$(BOOTSTRAP) demo --stop-with-parent

demo-reset: ## Forget the demo's data
	$(BOOTSTRAP) demo-reset

test: ## Everything: linters, types, contracts, all tests, Chromium included
	$(BOOTSTRAP) test

check: ## The inner loop: linters, types, contracts, fast tests; under three minutes
	$(BOOTSTRAP) check

lint: ## Linters, types and import contracts alone
	$(BOOTSTRAP) lint

run-lint: lint

format: ## Format the code and apply the linter's safe fixes
	$(BOOTSTRAP) format

bench: ## Measure on this machine and print the table
	$(BOOTSTRAP) bench

bench-stock: ## Measure stock at size: ten million movements, fifty thousand bins
	$(BOOTSTRAP) bench-stock

bench-orders: ## Measure the order desk at size: a million orders, a wave of ten thousand
	$(BOOTSTRAP) bench-orders

install: ## Build .venv with everything the tests need
	$(BOOTSTRAP) install
