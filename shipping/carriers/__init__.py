"""Carriers: one protocol, an adapter for each. ``base`` says what an adapter promises."""
