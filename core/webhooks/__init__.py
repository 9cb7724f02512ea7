"""Webhooks: endpoints of shops, and one signed message for each event and endpoint, the same bytes at every attempt.

`subscribing` (who hears what) → `fanout` (an event becomes messages) → `attempts` (one is counted, sent, recorded) →
`sending` and `addresses` (the POST, and where none ever goes). What is public is the roof's to say: `ports`.
"""
