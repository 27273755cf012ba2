"""How a recipe's pictures become a network's input, as the card will say it."""

from forensic_cli.model_card.preprocessing import Preprocessing
from forensic_cli.model_card.steps import (
    ConvertRgb,
    ExifTranspose,
    HostStep,
    NativeCrop,
    OpenCvDenoise,
    OpenCvEqualizeLuma,
    OpenCvResize,
    ResizeSquash,
)
from trainers.recipes.recipe import Recipe

# As the CNN-against-ViT system publishes them.
_CLEANING = (OpenCvDenoise(10, 10, 7, 21), OpenCvEqualizeLuma())


_SETTINGS = ("size", "preparing", "filter", "scale", "mean", "std")


def recipe_overrides_backbone(recipe: Recipe, published: Recipe) -> bool:
    """Whether the recipe's preprocessing stands against one that a backbone brings.

    A plain squash gives way to the backbone's own processor, unless a part of it was set by hand.
    """
    changed = any(getattr(recipe, name) != getattr(published, name) for name in _SETTINGS)
    return changed or recipe.preparing != "squash"


def preprocessing_of(recipe: Recipe) -> Preprocessing:
    """The recipe's own preprocessing, for a backbone that brings none."""
    side = recipe.size
    resize = OpenCvResize(side, side)
    steps: tuple[HostStep, ...]
    match recipe.preparing:
        case "squash":
            steps = (ResizeSquash(side, side, recipe.filter),)
        case "opencv":
            steps = (resize,)
        case "opencv-clean":
            steps = (*_CLEANING, resize)
        case "crop":
            steps = (NativeCrop(side, side),)
    red, green, blue = recipe.mean
    return Preprocessing(
        (ExifTranspose(), ConvertRgb(), *steps),
        recipe.scale,
        (red, green, blue),
        (recipe.std[0], recipe.std[1], recipe.std[2]),
    )
