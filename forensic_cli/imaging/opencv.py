"""The host steps that are OpenCV's, performed by OpenCV, bit for bit (extra: ``opencv``)."""

from functools import cache
from importlib import import_module
from typing import Any

import numpy as np
from PIL import Image

from forensic_cli.errors import ModelError
from forensic_cli.model_card.preprocessing import Preprocessing
from forensic_cli.model_card.steps import (
    OpenCvDenoise,
    OpenCvEqualizeLuma,
    OpenCvResize,
    OpenCvResizeLongest,
    OpenCvStep,
)


@cache
def load_opencv() -> Any:  # noqa: ANN401 - the library carries no types worth having
    """The ``cv2`` module, on one thread: pictures run side by side already.

    Raises:
        ModelError: It is not installed.
    """
    try:
        module = import_module("cv2")
    except ImportError as error:
        msg = (
            "this model's card asks for steps of OpenCV, which is not installed; "
            "pip install 'dfc-classify[opencv]'"
        )
        raise ModelError(msg) from error
    module.setNumThreads(1)
    return module


def opencv_version(preprocessing: Preprocessing) -> dict[str, str]:
    """The version of OpenCV that prepares the pictures; empty where none of its steps is asked for.

    Raises:
        ModelError: One is, and it is not installed.
    """
    return {"opencv": load_opencv().__version__} if preprocessing.needs_opencv else {}


def perform(step: OpenCvStep, image: Image.Image) -> Image.Image:
    """Perform a step on an RGB picture, in OpenCV's channel order (BGR), as its users do."""
    cv2 = load_opencv()
    bgr = cv2.cvtColor(np.asarray(image), cv2.COLOR_RGB2BGR)
    match step:
        case OpenCvDenoise(h, h_color, template, search):
            done = cv2.fastNlMeansDenoisingColored(bgr, None, h, h_color, template, search)
        case OpenCvEqualizeLuma():
            yuv = cv2.cvtColor(bgr, cv2.COLOR_BGR2YUV)
            yuv[:, :, 0] = cv2.equalizeHist(yuv[:, :, 0])
            done = cv2.cvtColor(yuv, cv2.COLOR_YUV2BGR)
        case OpenCvResize(height, width):
            done = cv2.resize(bgr, (width, height), interpolation=cv2.INTER_LINEAR)
        case OpenCvResizeLongest(edge):
            done = _longest(bgr, edge, cv2)
    return Image.fromarray(cv2.cvtColor(done, cv2.COLOR_BGR2RGB))


def _longest(bgr: Any, edge: int, cv2: Any) -> Any:  # noqa: ANN401 - as above
    height, width = bgr.shape[:2]
    scale = edge / max(height, width)
    if scale == 1:
        return bgr
    # Halves to the even side, as Python rounds.
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return cv2.resize(bgr, size, interpolation=cv2.INTER_LINEAR)
