"""Embedded servers, the demo and its supervisor, and the runners behind the Makefile."""
