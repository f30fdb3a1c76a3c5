"""Monthly temperatures of the sea's surface off Peru, 1950 to 2010."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

import numpy as np
import pyarrow.csv as arrow_csv

from ..errors import MissingExtraError
from ..files import reading
from ..series import Series
from .dataset import Dataset, Split
from .layout import to_matrix


@dataclass(kw_only=True)
class ElNino(Dataset):
    """One seasonal series of 732 months, in degrees Celsius: `elnino`. It ships inside the statsmodels wheel, which is not imported.

    The train part is 1950 to 1999, the test part 2000 to 2010. Nobody labelled it. Every row is at the start of its month, UTC.

    Examples
    --------
    >>> ElNino(root="").load("elnino").test
    Series(elnino: 132 points, 1 channel, every 2.6784e+06 s, from 2000-01-01T00:00:00Z)
    """

    usual_folder: ClassVar[str] = "datasets/elnino"
    about: ClassVar[str] = "sea-surface temperature, monthly, 1950-2010; ships with statsmodels"
    fetched: ClassVar[bool] = False

    @property
    def home(self) -> Path:
        """The folder in the installed statsmodels."""
        package = find_spec("statsmodels")
        if package is None or package.origin is None:
            raise MissingExtraError("'elnino' needs statsmodels: pip install 'redshank[demo]'")
        return Path(package.origin).parent / (self.folder or self.usual_folder)

    @property
    def present(self) -> bool:
        """Whether statsmodels is installed."""
        return find_spec("statsmodels") is not None

    def entries(self) -> list[str]:
        """The only one."""
        return ["elnino"]

    def series(self) -> Series:
        """All 732 months."""
        path = self.home / "elnino.csv"
        with reading(str(path), "csv"):
            table = arrow_csv.read_csv(path)
        first = int(table["YEAR"][0].as_py())
        celsius = to_matrix(table.drop_columns("YEAR")).reshape(-1, 1)
        months = np.datetime64(f"{first}-01") + np.arange(len(celsius))
        return Series(months.astype("datetime64[ns]"), celsius, ("temperature",), name="elnino")

    def load(self, entry: str) -> Split:
        """Both parts."""
        self._refuse_unknown(entry, self.entries())
        series = self.series()
        return Split(*series.split(int((series.times < np.datetime64("2000")).sum())))
