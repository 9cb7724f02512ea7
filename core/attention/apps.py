from django.apps import AppConfig


class AttentionConfig(AppConfig):
    name = "core.attention"
    label = "attention"
