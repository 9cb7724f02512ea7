"""Decisions without a database: the walk of a picker, cartons and weights, what carriers' reports add up to."""
