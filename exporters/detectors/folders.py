"""Detectors on the Hugging Face hub: folders, whose processor says how pictures are prepared."""

from exporters.detectors.detector import FROM_THE_HUB, NAMES_ONLY, Detector


def _folder(name: str, hub: str, classes: str, labels: str | None, network: str) -> Detector:
    return Detector(
        name=name,
        title=hub,
        source=f"https://huggingface.co/{hub}",
        layout=f"a folder with config.json and preprocessor_config.json: {network}",
        classes=classes,
        preparation="as its preprocessor_config.json says",
        obtain=FROM_THE_HUB.format(hub),
        options={} if labels is None else {"labels": labels},
        verified=NAMES_ONLY,
    )


FOLDERS = (
    _folder("umm-maybe", "umm-maybe/AI-image-detector", "artificial, human", None, "Swin"),
    _folder("sdxl-detector", "Organika/sdxl-detector", "artificial, human", None, "Swin"),
    _folder("smogy", "Smogy/SMOGY-Ai-images-detector", "artificial, human", None, "Swin"),
    _folder(
        "haywoodsloan", "haywoodsloan/ai-image-detector-deploy", "artificial, real", None, "SwinV2"
    ),
    _folder("dima806", "dima806/ai_vs_real_image_detection", "REAL, FAKE", None, "ViT"),
    _folder(
        "dima806-human", "dima806/ai_vs_human_generated_image_detection", "human, AI-generated",
        "real,ai", "ViT",
    ),
    _folder("ateeqq", "Ateeqq/ai-vs-human-image-detector", "ai, hum", "ai,real", "SigLIP"),
    _folder(
        "prithiv-v1", "prithivMLmods/deepfake-detector-model-v1", "Fake, Real", None, "SigLIP"
    ),
    _folder(
        "prithiv-v2", "prithivMLmods/Deep-Fake-Detector-v2-Model", "Realism, Deepfake", "real,ai",
        "ViT",
    ),
    _folder(
        "prithiv-three", "prithivMLmods/AI-vs-Deepfake-vs-Real", "Artificial, Deepfake, Real",
        "ai,ai,real", "ViT",
    ),
    _folder(
        "nyuad", "NYUAD-ComNets/NYUAD_AI-generated_images_detector", "dalle, real, sd",
        "ai,real,ai", "ViT",
    ),
    _folder("hemg", "Hemg/AI-VS-REAL-IMAGE-DETECTION", "AiArtData, RealArt", "ai,real", "ViT"),
    _folder(
        "community-forensics-folder", "buildborderless/CommunityForensics-DeepfakeDet-ViT",
        "one logit, LABEL_0: its sigmoid is the probability of AI", "real,ai", "ViT",
    ),
)  # fmt: skip
"""Folders of the hub."""
