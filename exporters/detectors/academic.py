"""Detectors of papers whose files hold weights alone: the entry says the rest."""

from exporters.detectors.detector import OPENED, Detector

_ONE_LOGIT = "one logit: its sigmoid is the probability of AI"
_CC = "CC BY-NC-SA 4.0 (LICENSE.txt)"

ACADEMIC = (
    Detector(
        name="cnndetection",
        title="CNNDetection, Wang et al., CVPR 2020",
        source="https://github.com/PeterWang512/CNNDetection",
        layout="a dict with model: torchvision's ResNet-50 with one output",
        classes=_ONE_LOGIT,
        preparation="the middle 224 x 224 pixels as they are, as in the paper (its authors also "
        "give whole pictures, which this cannot)",
        licence=_CC,
        obtain="weights/download_weights.sh of its repository",
        options={
            "arch": "torchvision:resnet50", "labels": "real,ai",
            "preprocessing": "center-crop-224",
        },
        verified=OPENED,
    ),
    Detector(
        name="univfd",
        title="UniversalFakeDetect, Ojha et al., CVPR 2023",
        source="https://github.com/WisconsinAIVision/UniversalFakeDetect",
        layout="fc_weights.pth, one linear layer on the embedding of OpenAI's CLIP ViT-L/14, whose "
        "file (ViT-L-14.pt) is the checkpoint",
        classes=_ONE_LOGIT,
        preparation="the middle 224 x 224 pixels as they are, CLIP's mean and deviation",
        obtain="pretrained_weights/fc_weights.pth of its repository, and OpenAI's ViT-L-14.pt",
        options={
            "arch": "clip", "features": "projected", "labels": "real,ai",
            "preprocessing": "clip-center-crop-224",
        },
        files="--head fc_weights.pth",
        verified=OPENED,
    ),
    Detector(
        name="c2p-clip",
        title="C2P-CLIP, Tan et al., AAAI 2025",
        source="https://github.com/chuangchuangtan/C2P-CLIP-DeepfakeDetection",
        layout="a state_dict: Hugging Face's CLIP tower below model., with model.fc on its "
        "embedding divided by its length",
        classes=_ONE_LOGIT,
        preparation="shorter side to 224 (bilinear), the middle 224 x 224, CLIP's mean",
        options={
            "arch": "clip", "features": "projected-unit", "labels": "real,ai",
            "preprocessing": "clip-bilinear-224",
        },
        verified=OPENED,
    ),
    Detector(
        name="clipdet",
        title="ClipBased-SyntheticImageDetection (latent10k), Cozzolino et al., CVPRW 2024",
        source="https://github.com/grip-unina/ClipBased-SyntheticImageDetection",
        layout="weights.pth, one linear layer on the pooled output, divided by its length, of "
        "open_clip's ViT-L-14 (CommonPool.XL), whose file is the checkpoint",
        classes=_ONE_LOGIT,
        preparation="shorter side to 224 (bicubic), the middle 224 x 224, CLIP's mean",
        licence="Apache 2.0 (heads of its files)",
        obtain="weights/ of its repository, and laion/CLIP-ViT-L-14-CommonPool.XL-s13B-b90K",
        options={
            "arch": "clip-gelu", "features": "pooled-unit", "labels": "real,ai",
            "preprocessing": "clip-224",
        },
        files="--head weights.pth",
        verified=OPENED,
    ),
    Detector(
        name="drct-convnext",
        title="DRCT (ConvB), Chen et al., ICML 2024",
        source="https://github.com/beibuwandeluori/DRCT",
        layout="a state_dict: timm's convnext_base below model., giving 1,024 numbers, and fc",
        classes="real, AI",
        preparation="a black margin where smaller, the middle 224 x 224 (weights named crop; for "
        "others give --preprocessing drct-224)",
        obtain="pretrained.zip of DRCT-2M on ModelScope",
        options={
            "arch": "timm:convnext_base+linear", "labels": "real,ai",
            "preprocessing": "drct-crop-224",
        },
        verified=OPENED,
    ),
    Detector(
        name="community-forensics",
        title="Community Forensics (ViT-S, 384 pixels), Park and Owens, CVPR 2025",
        source="https://github.com/JeongsooP/Community-Forensics",
        layout="timm's vit_small_patch16_384 below vit., one output",
        classes=_ONE_LOGIT,
        preparation="shorter side to 440 (bilinear), the middle 384 x 384",
        options={
            "arch": "timm:vit_small_patch16_384", "labels": "real,ai",
            "preprocessing": "community-forensics-384",
        },
        verified=OPENED,
    ),
    Detector(
        name="cnn-against-vit",
        title="CNN against ViT: its ViT, and its CNNs with --arch",
        source="a student entry to the Digital Forensics Challenge",
        layout="a dict with model_state_dict: Hugging Face's ViT with a head of two layers",
        classes="real, fake",
        preparation="OpenCV: denoised, equalised, 224 x 224",
        options={"labels": "real,ai", "preprocessing": "cnn-vit"},
        verified="random weights in its layout, exported and proven",
    ),
    Detector(
        name="aiornot",
        title="The CNN of an AI or Not entry",
        source="a student project",
        layout="a Keras file, or a state_dict with PyTorch's names for the same network",
        classes="one logit: its sigmoid is the probability of real",
        preparation="256 x 256 (bilinear), values from 0 to 1",
        options={"labels": "ai,real", "preprocessing": "aiornot"},
        verified="random weights in its layout, exported and proven",
    ),
    Detector(
        name="fake-or-real",
        title="The EfficientNet-B6 of a Fake or Real entry",
        source="a student project",
        layout="a state_dict: torchvision's efficientnet_b6 below backbone., classifier on it",
        classes="real, AI",
        preparation="OpenCV: 224 x 224, values divided by 225 as published",
        options={"labels": "real,ai", "preprocessing": "fake-or-real"},
        verified="random weights in its layout, exported and proven",
    ),
)  # fmt: skip
"""Detectors of papers and student projects that can be exported."""
