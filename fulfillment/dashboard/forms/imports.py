"""A file to take in, and which of its rows."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.states import ImportKind

MAX_BYTES = 25 * 1024 * 1024


class UploadForm(forms.Form):
    """The file and what it holds."""

    kind = forms.ChoiceField(label=gettext_lazy("What the file holds"), choices=ImportKind.choices)
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("CSV or XLSX, 25 MB and 200,000 rows at most. The first line names the columns."),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx"}),
    )

    def clean_file(self) -> object:
        """Refuse a file that is too large before it is read."""
        found = self.cleaned_data["file"]
        if found.size > MAX_BYTES:
            raise forms.ValidationError(_("The file is larger than 25 MB. Split it into several files."))
        return found
