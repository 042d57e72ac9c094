"""What is told about training while it runs, and may change it, named as in ``keras.callbacks``."""

from fastnn.callbacks._base import Callback
from fastnn.callbacks._checkpoint import ModelCheckpoint
from fastnn.callbacks._csv_logger import CSVLogger
from fastnn.callbacks._early_stopping import EarlyStopping
from fastnn.callbacks._history import History
from fastnn.callbacks._lambda import LambdaCallback
from fastnn.callbacks._learning_rate import LearningRateScheduler, ReduceLROnPlateau
from fastnn.callbacks._list import CallbackList
from fastnn.callbacks._live_plot import LivePlot
from fastnn.callbacks._tensorboard import TensorBoard
from fastnn.callbacks._terminate import TerminateOnNaN

__all__ = [
    "CSVLogger",
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "History",
    "LambdaCallback",
    "LearningRateScheduler",
    "LivePlot",
    "ModelCheckpoint",
    "ReduceLROnPlateau",
    "TensorBoard",
    "TerminateOnNaN",
]
