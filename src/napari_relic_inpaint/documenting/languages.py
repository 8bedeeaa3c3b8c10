"""The languages of a report: catalogues that a translator can edit, and how each writes numbers."""

from __future__ import annotations

import gettext
import io
import math
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files as resources

from babel import Locale
from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

from napari_relic_inpaint.errors import InputError

LANGUAGES = {"en": "English", "de": "Deutsch", "it": "Italiano", "zh": "中文"}

_DIGITS = 3


class Language:
    """A language: sentences, numbers and dates.

    Parameters
    ----------
    code : str
        A key of `LANGUAGES`.

    Raises
    ------
    InputError
        If there is none such.
    """

    def __init__(self, code: str) -> None:
        if code not in LANGUAGES:
            raise InputError(
                f"there is no report in the language {code!r}: choose one of {', '.join(LANGUAGES)}"
            )
        self.code = code
        self._locale = Locale.parse({"en": "en_GB", "zh": "zh_Hans_CN"}.get(code, code))
        self.catalogue = _catalogue(code)

    @property
    def tag(self) -> str:
        """As HTML has it."""
        return "zh-Hans" if self.code == "zh" else self.code

    def say(self, sentence: str) -> str:
        """Return a sentence in this language; one that it does not have stays English."""
        # An empty one stands for the head of the catalogue.
        return self.catalogue.gettext(sentence) if sentence else ""

    def number(self, value: float, digits: int = _DIGITS) -> str:
        """Return a number with so many digits that count, a dash for one that nobody knows."""
        if not math.isfinite(value):
            return "–" if math.isnan(value) else "∞"
        if value == round(value) and abs(value) < 1e15:
            return str(format_decimal(int(value), locale=self._locale))
        places = max(digits - 1 - math.floor(math.log10(abs(value))), 0)
        pattern = "#,##0" + ("." + "#" * places if places else "")
        return str(format_decimal(round(value, places), format=pattern, locale=self._locale))

    def percent(self, share: float) -> str:
        """Return a share of 0 to 1 in percent, two places."""
        pattern = self._locale.percent_formats[None].pattern.replace("0", "0.00", 1)
        return str(format_percent(share, format=pattern, locale=self._locale))

    def date(self, day: date) -> str:
        """Return a day."""
        return str(format_date(day, format="long", locale=self._locale))

    def moment(self, text: str) -> str:
        """Return a moment that is given as in ISO 8601; what is none stays as it is."""
        try:
            when = datetime.fromisoformat(text).astimezone(UTC)
        except ValueError:
            return text
        return f"{self.date(when.date())}, {when:%H:%M} UTC"


@cache
def _catalogue(code: str) -> gettext.NullTranslations:
    if code == "en":
        return gettext.NullTranslations()
    text = resources("napari_relic_inpaint.documenting").joinpath("catalogues", f"{code}.po")
    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.BytesIO(text.read_bytes()), locale=code))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
