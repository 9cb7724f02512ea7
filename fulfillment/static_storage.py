"""Static files with their content's hash in the name, also where one of our scripts imports another."""

from django.contrib.staticfiles.storage import HashedFilesMixin
from whitenoise.storage import CompressedManifestStaticFilesStorage

_IMPORTS = HashedFilesMixin._js_module_import_aggregation_patterns[1]  # type: ignore[attr-defined]


class HashedStaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """A script loaded by its hashed name and imported by its plain one would run twice, so imports are rewritten too.

    Only under ``js/``: scripts of other packages hold imports that are none.
    """

    patterns = (*HashedFilesMixin.patterns, ("js/*.js", _IMPORTS))
