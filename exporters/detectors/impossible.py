"""Detectors that are more than one network on one picture, or whose network is code of its own."""

from exporters.detectors.detector import Detector

_OWN_CODE = (
    "the network is code of its own: make a .pt2 or ONNX file of it where that code is (the error "
    "of dfc-export shows the line), and export or adopt that"
)
_WHOLE = (
    "it takes the whole picture, of any size, and the tool needs one size for all; a crop would be "
    "another detector"
)
_SEVERAL = "it takes more than one picture at a time, which one graph with one input cannot"


def _not(name: str, title: str, source: str, what: str, why: str) -> Detector:
    return Detector(
        name=name, title=title, source=source, layout=what, classes="AI or real",
        preparation="see its page", cannot=why,
    )  # fmt: skip


IMPOSSIBLE = (
    _not(
        "corvi2023", "GANDetection, DIMD, Corvi et al., ICASSP 2023",
        "https://github.com/grip-unina/DMimageDetection",
        "ResNet-50 without downsampling (--arch torchvision:resnet50-nodown)", _WHOLE,
    ),
    _not(
        "npr", "NPR, Tan et al., CVPR 2024",
        "https://github.com/chuangchuangtan/NPR-DeepfakeDetection",
        "a ResNet of its own on differences of neighbouring pixels", _OWN_CODE,
    ),
    _not(
        "freqnet", "FreqNet, Tan et al., AAAI 2024",
        "https://github.com/chuangchuangtan/FreqNet-DeepfakeDetection",
        "convolutions on spectra (FFT inside; TorchScript cannot be exported)", _OWN_CODE,
    ),
    _not(
        "gramnet", "GramNet, Liu et al., CVPR 2020",
        "https://github.com/liuzhengzhe/Global_Texture_Enhancement_for_Fake_Face_Detection_in_the-Wild",
        "a ResNet with Gram matrices", _OWN_CODE,
    ),
    _not(
        "rine", "RINE, Koutlis and Papadopoulos, ECCV 2024",
        "https://github.com/mever-team/rine",
        "a head on the outputs of every block of CLIP", _OWN_CODE,
    ),
    _not(
        "drct-clip", "DRCT (UnivFD), Chen et al., ICML 2024",
        "https://github.com/beibuwandeluori/DRCT",
        "two layers on CLIP's embedding, below names of its own", _OWN_CODE,
    ),
    _not(
        "effort", "Effort, Yan et al., ICML 2025",
        "https://github.com/YZY-stack/Effort-AIGI-Detection",
        "CLIP with weights in parts that add up", _OWN_CODE,
    ),
    _not(
        "fatformer", "FatFormer, Liu et al., CVPR 2024",
        "https://github.com/Michel-liu/FatFormer",
        "CLIP with adapters and text", _OWN_CODE,
    ),
    _not(
        "b-free", "B-Free, Guillaro et al., CVPR 2025",
        "https://github.com/grip-unina/B-Free",
        "timm's DINOv2 with registers at 504 pixels, five crops of any size", _WHOLE,
    ),
    _not(
        "spai", "SPAI, Karageorgiou et al., CVPR 2025", "https://github.com/mever-team/spai",
        "patches of the whole picture and their spectra", _WHOLE,
    ),
    _not(
        "lgrad", "LGrad, Tan et al., CVPR 2023",
        "https://github.com/chuangchuangtan/LGrad",
        "a ResNet-50 on gradients of another network (never a ResNet-50 on pictures)",
        "the gradients are made by a second network: no part of one graph",
    ),
    _not(
        "dire", "DIRE, Wang et al., ICCV 2023", "https://github.com/ZhendongWang6/DIRE",
        "a ResNet-50 on differences from a diffusion model's reconstruction (never one on "
        "pictures)", "each picture goes through a diffusion model first",
    ),
    _not(
        "fredect", "FreDect, Frank et al., ICML 2020",
        "https://github.com/RUB-SysSec/GANDCTAnalysis",
        "a network on the discrete cosine transform", _OWN_CODE,
    ),
    _not(
        "fusing", "Fusing (PSM), Ju et al., ICIP 2022",
        "https://github.com/littlejuyan/FusingGlobalandLocal", "three inputs", _SEVERAL,
    ),
    _not(
        "patchcraft", "PatchCraft (RPTC), Zhong et al., 2023",
        "https://github.com/Ekko-zn/AIGCDetectBenchmark",
        "the richest and the poorest patches", _SEVERAL,
    ),
    _not(
        "aide", "AIDE, Yan et al., ICLR 2025", "https://github.com/shilinyan99/AIDE",
        "five pictures made of one", _SEVERAL,
    ),
    _not(
        "de-fake", "DE-FAKE, Sha et al., CCS 2023", "https://github.com/zeyangsha/De-Fake",
        "a picture and a caption made of it", _SEVERAL,
    ),
    _not(
        "co-spy", "CO-SPY, Cheng et al., CVPR 2025", "https://github.com/Megum1/Co-Spy",
        "CLIP and the errors of an autoencoder", "each picture goes through an autoencoder first",
    ),
)  # fmt: skip
"""Detectors that cannot be exported from their files."""
