"""Many at once against the whole web server: two gunicorn processes of four threads, as in production."""
