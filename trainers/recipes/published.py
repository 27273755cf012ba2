"""The published systems' recipes, with their settings where they were published.

What a system does not publish (weight decay, batch size of some, the strength of an augmentation)
is a usual value; ``docs/training.md`` says which.
"""

from dataclasses import replace

from forensic_cli.errors import UsageError
from forensic_cli.foundation.path_text import on_screen
from trainers.recipes.recipe import Recipe

_IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))

DFC305 = Recipe(
    name="dfc305",
    summary="Digital Forensics Challenge 2023, 305: Swin, fine-tuned for three epochs",
    backbone="microsoft/swin-small-patch4-window7-224",
    order="ai,real",
    size=224,
    preparing="squash",
    filter="bicubic",
    scale=255.0,
    mean=_IMAGENET[0],
    std=_IMAGENET[1],
    augmentation=("random_resized_crop", "flip"),
    optimiser="adamw",
    learning_rate=5e-5,
    weight_decay=0.0,
    batch_size=8,
    accumulation=4,
    epochs=3,
    max_steps=0,
    warmup=0.1,
    schedule="linear",
    loss="cross_entropy",
    weighting="none",
    label_smoothing=0.0,
    focal_gamma=2.0,
    early_stopping=0,
    best_by="accuracy",
    validation=0.1,
)

# The others, by what they do otherwise.

CNN_VIT = replace(
    DFC305,
    name="cnn-vit",
    summary="CNN against ViT: ResNet-18 on denoised, equalised pictures, weighted loss (real = 0)",
    backbone="torchvision:resnet18",
    order="real,ai",
    preparing="opencv-clean",
    filter="bilinear",
    augmentation=("flip", "rotation"),
    learning_rate=0.0001,
    weight_decay=0.01,
    batch_size=32,
    accumulation=1,
    epochs=20,
    warmup=0.0,
    schedule="cosine",
    weighting="class",
    label_smoothing=0.1,
    early_stopping=5,
    best_by="f1_ai",
    validation=0.15,
)

AIORNOT = replace(
    DFC305,
    name="aiornot",
    summary="aiornot: the small CNN of 256 x 256 pixels, one sigmoid output",
    backbone="aiornot-cnn",
    size=256,
    filter="bilinear",
    mean=(0.0, 0.0, 0.0),
    std=(1.0, 1.0, 1.0),
    augmentation=("flip",),
    learning_rate=0.001,
    batch_size=32,
    accumulation=1,
    epochs=20,
    warmup=0.0,
    schedule="plateau",
    early_stopping=5,
    best_by="loss",
    validation=0.3,
)

APPLES = replace(
    DFC305,
    name="apples",
    summary="Apples: ResNet-50 on few pictures, 25 epochs",
    backbone="torchvision:resnet50",
    filter="bilinear",
    augmentation=("flip",),
    optimiser="sgd",
    learning_rate=0.001,
    batch_size=16,
    accumulation=1,
    epochs=25,
    warmup=0.0,
    schedule="constant",
    validation=0.2,
)

FAKE_OR_REAL = replace(
    DFC305,
    name="fake-or-real",
    summary="Fake or Real: EfficientNet-B6 and a layer on its classes (real = 0, fake = 1)",
    backbone="fake-or-real",
    order="real,ai",
    preparing="opencv",
    filter="bilinear",
    scale=225.0,
    mean=(0.451251, 0.4218885, 0.39344847),
    std=(0.22973368, 0.22437534, 0.21690977),
    augmentation=(
        "blur",
        "colour_jitter",
        "noise",
        "optical_distortion",
        "flip",
        "affine",
        "elastic",
    ),
    learning_rate=0.0001,
    weight_decay=0.01,
    batch_size=16,
    accumulation=1,
    epochs=10,
    best_by="macro_f1",
)  # fmt: skip

PICTURE_STATISTICS = replace(
    DFC305,
    name="picture-statistics",
    summary="The built-in demonstration model: fixed statistics of native pixels, one linear layer",
    backbone="picture-statistics",
    size=256,
    preparing="crop",
    filter="bilinear",
    scale=1.0,
    mean=(0.0, 0.0, 0.0),
    std=(1.0, 1.0, 1.0),
    augmentation=(),
    optimiser="lbfgs",
    learning_rate=0.0,
    weight_decay=2e-05,
    accumulation=1,
    epochs=1,
    warmup=0.0,
    schedule="constant",
    weighting="group",
    best_by="roc_auc",
    validation=0.2,
)

RECIPES = {
    one.name: one for one in (DFC305, CNN_VIT, AIORNOT, APPLES, FAKE_OR_REAL, PICTURE_STATISTICS)
}
"""By name."""


def recipe_named(name: str) -> Recipe:
    """A recipe.

    Raises:
        UsageError: None of that name.
    """
    if name not in RECIPES:
        msg = f"no recipe {on_screen(name)!r}; there are {', '.join(RECIPES)}"
        raise UsageError(msg)
    return RECIPES[name]
