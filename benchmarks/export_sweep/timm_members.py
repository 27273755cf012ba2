"""A network of every family of timm, the smallest, with the transform of its own configuration."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import timm
import timm.data
import torch
from PIL import Image

from benchmarks.export_sweep.members import CLASSES, Floats, Member, Source, settled

PROVEN = {
    "byobnet": "test_byobnet",
    "coat": "coat_tiny",
    "convit": "convit_tiny",
    "convnext": "test_convnext",
    "cpubone": "cpubone_nano",
    "crossvit": "crossvit_tiny_240",
    "cspnet": "cs3darknet_focus_s",
    "cspnext": "cspnext_tiny",
    "deit": "deit_tiny_patch16_224",
    "densenet": "densenet121",
    "dla": "dla46x_c",
    "edgenext": "edgenext_xx_small",
    "efficientformer_v2": "efficientformerv2_s0",
    "efficientnet": "test_efficientnet",
    "efficientvim": "efficientvim_m1",
    "efficientvit_mit": "efficientvit_b0",
    "efficientvit_msra": "efficientvit_m0",
    "eva": "eva02_tiny_patch14_224",
    "fasternet": "fasternet_t0",
    "fastvit": "fastvit_t8",
    "ghostnet": "ghostnet_050",
    "hardcorenas": "hardcorenas_b",
    "hgnet": "hgnetv2_b0",
    "iformer": "iformer_t",
    "inception_next": "inception_next_atto",
    "lcnetv2": "lcnetv2_small",
    "levit": "levit_128s",
    "mambaout": "test_mambaout",
    "maxxvit": "test_coatnet",
    "mlp_mixer": "gmlp_ti16_224",
    "mobilenetv3": "mobilenetv3_small_050",
    "mobilevit": "mobilevit_xxs",
    "nfnet": "test_nfnet",
    "pit": "pit_ti_224",
    "pvt_v2": "pvt_v2_b0",
    "regnet": "regnetx_002",
    "repghost": "repghostnet_050",
    "repvit": "repvit_m1",
    "resnet": "test_resnet",
    "rexnet": "rexnet_100",
    "shvit": "shvit_s1",
    "starnet": "starnet_s050",
    "swiftformer": "swiftformer_xs",
    "vision_transformer": "test_vit",
    "vision_transformer_hybrid": "vit_tiny_r_s16_p8_224",
    "vision_transformer_relpos": "test_vit_relpos",
    "vovnet": "ese_vovnet19b_slim_dw",
    "xcit": "xcit_nano_12_p8_224",
}
"""Families of timm whose smallest network is small enough to be exported and proven."""
OPENED = {
    "beit": "beit_base_patch16_224",
    "byoanet": "halonet_h1",
    "cait": "cait_xxs24_224",
    "convmixer": "convmixer_768_32",
    "csatv2": "csatv2",
    "davit": "davit_tiny",
    "deepseek_vit": "deepseek_vit_412m",
    "dpn": "dpn48b",
    "efficientformer": "efficientformer_l1",
    "focalnet": "focalnet_tiny_srf",
    "gcvit": "gcvit_xxtiny",
    "gemma4_vit": "gemma4_vit_167m",
    "hiera": "hiera_tiny_224",
    "hieradet_sam2": "hieradet_small",
    "hrnet": "hrnet_w18_small",
    "inception_resnet_v2": "inception_resnet_v2",
    "inception_v3": "inception_v3",
    "inception_v4": "inception_v4",
    "lowformer": "lowformer_b0",
    "metaformer": "poolformerv2_s12",
    "mobilenetv5": "mobilenetv5_base",
    "mvitv2": "mvitv2_tiny",
    "naflexvit": "naflexvit_base_patch16_parfac_gap",
    "nasnet": "nasnetalarge",
    "nest": "nest_tiny",
    "nextvit": "nextvit_small",
    "pnasnet": "pnasnet5large",
    "qwen3_vit": "qwen3_vit_88m",
    "rdnet": "rdnet_tiny",
    "res2net": "res2next50",
    "resnest": "resnest14d",
    "resnetv2": "resnetv2_18",
    "selecsls": "selecsls42",
    "senet": "legacy_seresnet18",
    "sequencer": "sequencer2d_s",
    "sknet": "skresnet18",
    "swin_transformer": "swin_tiny_patch4_window7_224",
    "swin_transformer_v2": "swinv2_tiny_window16_256",
    "swin_transformer_v2_cr": "swinv2_cr_tiny_224",
    "tiny_vit": "tiny_vit_5m_224",
    "tnt": "tnt_s_legacy_patch16_224",
    "tresnet": "tresnet_m",
    "twins": "twins_svt_small",
    "vgg": "vgg11",
    "visformer": "visformer_tiny",
    "vision_transformer_sam": "samvit_base_patch16_224",
    "vitamin": "vitamin_small_224",
    "volo": "volo_d1_224",
    "xception": "legacy_xception",
    "xception_aligned": "xception41p",
}
"""Families whose smallest network is opened and run, and its pictures' pixels compared."""
FURTHER = (
    ("vision_transformer", "vit_tiny_patch16_224"), ("resnet", "resnet18d"),
    ("convnext", "convnextv2_atto"), ("efficientnet", "mobilenetv2_050"),
    ("vision_transformer", "vit_small_patch14_reg4_dinov2"),
    ("vision_transformer", "vit_base_patch32_clip_224"),
    ("efficientnet", "tf_efficientnet_b0"), ("metaformer", "caformer_s18"),
    ("byobnet", "mobileone_s0"), ("mobilenetv3", "mobilenetv4_conv_small_035"),
)  # fmt: skip
"""Further networks of large families, in which detectors are published."""


def members() -> Iterator[Member]:
    """One member per family, and the further ones."""
    for family, name in (*PROVEN.items(), *OPENED.items(), *FURTHER):
        options = {"arch": f"timm:{name}", "preprocessing": "timm", "labels": "ai,real"}
        proven = PROVEN.get(family) == name
        yield Member("timm", family, name, partial(_file, name), options, proven)


def _file(name: str, folder: Path) -> tuple[Path, Source]:
    torch.manual_seed(305)
    module = timm.create_model(name, pretrained=False, num_classes=len(CLASSES))
    config = timm.data.resolve_data_config(pretrained_cfg=module.pretrained_cfg, args={})
    transform = timm.data.create_transform(**config, is_training=False)

    def pixels(image: Image.Image) -> Floats:
        return np.asarray(transform(image), np.float32)

    source = settled(Source(module, pixels))
    torch.save(module.state_dict(), folder / "best.pth")
    return folder / "best.pth", source
