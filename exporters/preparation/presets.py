"""The preprocessing of the published systems, by name."""

from exporters.preparation.preparation import preprocessing_of
from forensic_cli.model_card.preprocessing import Preprocessing
from forensic_cli.model_card.steps import (
    CenterCrop,
    OpenCvDenoise,
    OpenCvEqualizeLuma,
    OpenCvResize,
    OpenCvResizeLongest,
    Pad,
    ResizeShortestEdge,
    ResizeSquash,
    TenCrop,
)

_IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
_HALVES = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
_FAKE_OR_REAL = (
    (0.451251, 0.4218885, 0.39344847),
    (0.22973368, 0.22437534, 0.21690977),
)
_CNN_VIT_CLEANING = (OpenCvDenoise(10, 10, 7, 21), OpenCvEqualizeLuma())

_CLIP = ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711))
_MIDDLE = CenterCrop(224, 224, "half_even")

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
    # Detectors that look at pixels as they are: torchvision's CenterCrop, nothing resized.
    "center-crop-224": preprocessing_of((_MIDDLE,), 255.0, *_IMAGENET),
    "clip-center-crop-224": preprocessing_of((_MIDDLE,), 255.0, *_CLIP),
    "clip-224": preprocessing_of(
        (ResizeShortestEdge(224, "bicubic"), _MIDDLE), 255.0, *_CLIP
    ),
    "clip-bilinear-224": preprocessing_of(
        (ResizeShortestEdge(224, "bilinear"), _MIDDLE), 255.0, *_CLIP
    ),
    "community-forensics-384": preprocessing_of(
        (ResizeShortestEdge(440, "bilinear"), CenterCrop(384, 384, "half_even")), 255.0, *_IMAGENET
    ),
    # albumentations' PadIfNeeded and CenterCrop.
    "drct-crop-224": preprocessing_of(
        (Pad(224, 224), CenterCrop(224, 224)), 255.0, *_IMAGENET
    ),
    # albumentations' LongestMaxSize and PadIfNeeded.
    "drct-224": preprocessing_of(
        (OpenCvResizeLongest(224), Pad(224, 224)), 255.0, *_IMAGENET
    ),
    "ten-crop-224": preprocessing_of(
        (ResizeShortestEdge(256, "bilinear"), TenCrop(224, 224)), 255.0, *_IMAGENET
    ),
    "fake-or-real-imagenet": preprocessing_of((OpenCvResize(224, 224),), 255.0, *_IMAGENET),
}  # fmt: skip
