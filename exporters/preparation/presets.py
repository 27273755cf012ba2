"""The preprocessing of the published systems, by name."""

from exporters.preparation.preparation import preprocessing_of
from forensic_cli.model_card.preprocessing import Preprocessing
from forensic_cli.model_card.steps import (
    OpenCvDenoise,
    OpenCvEqualizeLuma,
    OpenCvResize,
    ResizeSquash,
)

_IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
_HALVES = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
_FAKE_OR_REAL = (
    (0.451251, 0.4218885, 0.39344847),
    (0.22973368, 0.22437534, 0.21690977),
)
_CNN_VIT_CLEANING = (OpenCvDenoise(10, 10, 7, 21), OpenCvEqualizeLuma())

PRESETS: dict[str, Preprocessing] = {
    # A plain squash with Pillow, for systems that publish no more than a size.
    "imagenet-224": preprocessing_of((ResizeSquash(224, 224, "bilinear"),), 255.0, *_IMAGENET),
    "vit-224": preprocessing_of((ResizeSquash(224, 224, "bilinear"),), 255.0, *_HALVES),
    # CNN against ViT: pictures were denoised, equalised and resized by OpenCV before training.
    "cnn-vit": preprocessing_of(
        (*_CNN_VIT_CLEANING, OpenCvResize(224, 224)), 255.0, *_IMAGENET
    ),
    # Its baseline without the cleaning.
    "cnn-vit-plain": preprocessing_of((OpenCvResize(224, 224),), 255.0, *_IMAGENET),
    "aiornot": preprocessing_of(
        (ResizeSquash(256, 256, "bilinear"),), 255.0, (0.0,), (1.0,)
    ),
    # Albumentations resizes with OpenCV; pixels are divided by 225, as published.
    "fake-or-real": preprocessing_of((OpenCvResize(224, 224),), 225.0, *_FAKE_OR_REAL),
    "fake-or-real-imagenet": preprocessing_of((OpenCvResize(224, 224),), 255.0, *_IMAGENET),
}  # fmt: skip
