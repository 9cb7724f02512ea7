"""The relay and Celery workers as processes, over a Valkey of their own."""
