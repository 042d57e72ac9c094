"""Pictures of trainings, models and data, drawn with matplotlib (``pip install fastnn[plot]``).

Each function returns the Axes that it drew on, for more to be drawn and for
``axes.figure.savefig``; `history`, `images` and `templates` return an array of them.
"""

from fastnn.plot._confusion import confusion_matrix
from fastnn.plot._history import history
from fastnn.plot._images import images, templates
from fastnn.plot._plane import decision_regions, plane_map

__all__ = [
    "confusion_matrix",
    "decision_regions",
    "history",
    "images",
    "plane_map",
    "templates",
]
